import type { BootOptions, HookEvents, HookName, Job } from 'progress-manager';
import { bootForTests } from '../support/boot-for-tests.js';
import { moduleFolder } from '../support/module-folder.js';

type Heard = { readonly [N in HookName]: readonly [module: string, name: N, event: HookEvents[N]] }[HookName];

/** What modules that a test writes reach of it. */
export const reached = {
  heard: [] as Heard[],
  /** Called by each hook; may throw, and may take its time. */
  react: (_heard: Heard): unknown => undefined,
  hear(...heard: Heard): unknown {
    this.heard.push(heard);
    return this.react(heard);
  },
  slice: (_service: unknown): unknown => true,
};
Object.assign(globalThis, { reachedByHooks: reached });

const ALL: readonly HookName[] = [
  'beforePush',
  'beforeUpdate',
  'afterUpdate',
  'beforeCancel',
  'afterCancel',
  'finished',
];

/** A module's hooks, each of which tells the test. */
export const hooksOf = (module: string, names: readonly HookName[] = ALL) =>
  `{ hook: { ${names.map((name) => `${name}: (event) => globalThis.reachedByHooks.hear('${module}', '${name}', event)`).join(', ')} } }`;

/** A type whose every job is one slice. */
export const WORK = `{ type: { work: { service: class extends pm.AbstractProgressManager {
  async executeProgressJob(job, context) {
    this.setStatus('success');
    return globalThis.reachedByHooks.slice(this, job, context);
  }
} } } }`;

export const ANN = { id: 'ann', isAdmin: false };

/** A core with these modules beside the type `work`. */
export async function openHooked(modules: Readonly<Record<string, string>>, options: Partial<BootOptions> = {}) {
  const folder = await moduleFolder({ work: WORK, ...modules });
  const logged: { fields: object; message: string }[] = [];
  const keep = (fields: object, message: string) => void logged.push({ fields, message });
  const logger = { debug: () => undefined, info: () => undefined, warn: keep, error: keep };
  const { app, [Symbol.asyncDispose]: close } = await bootForTests({ root: folder.root, logger, ...options });
  const manager = app.container.get('progressManager');
  const telling = app.container.get('telling');
  return {
    ...{ app, manager, telling, logged, knex: app.container.get('knex') },
    tick: () => app.container.get('loop').tick(),
    push: async (options: object = {}) => (await manager.push('A job', 'work', {}, options)).number,
    job: async (number: number) => (await manager.get(number)) as Job,
    /** All that is told has been told. */
    told: async () => {
      await telling.noted();
      await telling.settled(5000);
    },
    /** What was heard of a hook, by module. */
    heardOf: (name: HookName) => reached.heard.filter(([, each]) => each === name).map(([module]) => module),
    [Symbol.asyncDispose]: async () => {
      await close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** As if no test had set anything. */
export function forgetAll(): void {
  reached.heard = [];
  reached.react = () => undefined;
  reached.slice = () => true;
}
