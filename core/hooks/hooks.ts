import type { ClassOf, Registry } from '../contracts/config.js';
import { describeError } from '../contracts/describe-error.js';
import { HookRefusedError, ProgressManagerError } from '../contracts/errors.js';
import type { HookEvents, HookFunction, HookInterface, HookName, RegisteredHook } from '../contracts/hook.js';
import type { Logger } from '../contracts/logger.js';

/** Calls what modules hang in: core's first, then by module, one after the other. */
export class Hooks {
  constructor(
    private readonly registry: Registry,
    private readonly create: <T>(service: ClassOf<T>) => T,
    private readonly logger: Logger,
  ) {}

  of(name: HookName): readonly RegisteredHook[] {
    return this.registry.hooks.get(name) ?? [];
  }

  /** Throws what the first of them throws; those after it are not asked. An error of no kind of ours becomes one. */
  async before<N extends HookName>(name: N, event: HookEvents[N]): Promise<void> {
    for (const registered of this.of(name)) {
      try {
        await this.#call(registered, event);
      } catch (error) {
        if (error instanceof ProgressManagerError) throw error;
        throw new HookRefusedError(describeError(error), { cause: error });
      }
    }
  }

  /** What one throws is logged, and keeps it from none of the others. */
  async after<N extends HookName>(name: N, event: HookEvents[N]): Promise<void> {
    for (const registered of this.of(name)) await this.tell(registered, event);
  }

  /** One of them; what it throws is logged. */
  async tell<N extends HookName>(registered: RegisteredHook, event: HookEvents[N]): Promise<void> {
    try {
      await this.#call(registered, event);
    } catch (error) {
      const { name, module } = registered;
      this.logger.error({ hook: name, module, error: describeError(error) }, 'a hook failed, which changes nothing');
    }
  }

  async #call({ hook }: RegisteredHook, event: HookEvents[HookName]): Promise<void> {
    if (isClass(hook)) await this.create(hook).handle(event);
    else await hook(event);
  }
}

/** A class of hooks has the method that is called. */
export function isClass(hook: HookFunction | ClassOf<HookInterface>): hook is ClassOf<HookInterface> {
  return typeof (hook as { prototype?: { handle?: unknown } }).prototype?.handle === 'function';
}
