import type { ActionConfig, JobTypeConfig, RegisteredAction, RegisteredType, Registry } from '../contracts/config.js';
import { isCoreService } from '../contracts/core-services.js';
import { HOOK_NAMES, type HookName, type RegisteredHook } from '../contracts/hook.js';
import { labelOf } from '../contracts/label.js';
import type { RegisteredSchedule, ScheduleConfig } from '../contracts/schedule.js';
import { STATUSES, type Status } from '../contracts/status.js';
import { mergedExtensions } from './extensions.js';
import type { LoadedConfig } from './load.js';
import { nearest } from './nearest.js';
import { missingTypes } from './scheduled-types.js';

/**
 * Merges configs in their order. A key has one owner; a later one takes it over only by saying so. Lists of
 * `statusAction` are joined. Pure: reads nothing, changes nothing, and remembers where each key came from. What is
 * missing is a fault only where no file that is broken itself `mayDeclare` it.
 */
export function merge(
  configs: readonly LoadedConfig[],
  mayDeclare: (key: string) => boolean = () => false,
): { readonly registry: Registry; readonly faults: readonly string[] } {
  const findings: Findings = { faults: [], mayDeclare };
  const types = own(configs, 'job type', (config) => config.type, findings, registeredType);
  const actions = own(configs, 'action', (config) => config.actionService, findings, registeredAction);
  const services = own(
    configs,
    'service',
    (config) => config.services,
    findings,
    (_, service, { origin }) => ({ origin, service }),
  );
  const schedules = own(configs, 'schedule', (config) => config.schedule, findings, registeredSchedule);
  const statusAction = joined(configs);
  const extended = mergedExtensions(configs, mayDeclare, { hasType: (key) => types.has(key) || mayDeclare(key) });
  findings.faults.push(...takenServices(configs));
  return {
    registry: {
      types,
      actions,
      statusAction,
      hooks: hooksOf(configs),
      services: new Map([...services].map(([key, { service }]) => [key, service])),
      schedules,
      extensions: extended.extensions,
    },
    faults: [
      ...findings.faults,
      ...extended.faults,
      ...missingActions(configs, [...actions.keys()], mayDeclare),
      ...[...schedules.values()].flatMap((schedule) => missingTypes(schedule, [...types.keys()], mayDeclare)),
    ],
  };
}

interface Findings {
  readonly faults: string[];
  readonly mayDeclare: (key: string) => boolean;
}

/** One kind of key over all configs: who owns each, with the faults of those who claim another's. */
function own<Declared, Registered extends { readonly origin: string }>(
  configs: readonly LoadedConfig[],
  kind: string,
  read: (config: LoadedConfig['config']) => Readonly<Record<string, Declared>> | undefined,
  { faults, mayDeclare }: Findings,
  register: (key: string, declared: Declared, from: LoadedConfig) => Registered,
): Map<string, Registered> {
  const owners = new Map<string, Registered>();
  for (const from of configs) {
    for (const [key, declared] of Object.entries(read(from.config) ?? {})) {
      const before = owners.get(key);
      const override = (declared as { readonly override?: boolean }).override === true;
      if (before && !override) {
        faults.push(
          `Two modules own the ${kind} "${key}": ${before.origin} and ${from.origin}. Rename one of them, or let the later one say override: true.`,
        );
        continue;
      }
      if (!before && override && !mayDeclare(key)) {
        faults.push(
          `${from.origin}: the ${kind} "${key}" says override: true, but nothing before it declares "${key}". Remove override.`,
        );
      }
      owners.set(key, register(key, declared, from));
    }
  }
  return owners;
}

/** Core's own services are no config's to declare, and none could replace them: core is built of them. */
function takenServices(configs: readonly LoadedConfig[]): string[] {
  return configs.flatMap(({ origin, config }) =>
    Object.keys(config.services ?? {})
      .filter(isCoreService)
      .map((key) => `${origin}: services.${key} is a key of core's own. Give the service another key.`),
  );
}

function registeredType(key: string, config: JobTypeConfig, { module, origin }: LoadedConfig): RegisteredType {
  return { key, module, origin, label: config.label ?? labelOf(key), config };
}

function registeredAction(key: string, declared: ActionConfig, { module, origin }: LoadedConfig): RegisteredAction {
  const { service, when } = typeof declared === 'function' ? { service: declared, when: undefined } : declared;
  return { key, module, origin, service, when };
}

function registeredSchedule(key: string, config: ScheduleConfig, { module, origin }: LoadedConfig): RegisteredSchedule {
  const { cron, timeZone = 'UTC', missed = 'latest', name = labelOf(key), overlap = true } = config;
  return {
    ...{ key, module, origin, cron: cron.trim(), timeZone, missed, name, config },
    jobKey: config.key ?? (overlap ? undefined : `schedule:${key}`),
  };
}

/** All of them: a module's hook takes nothing from another's. */
function hooksOf(configs: readonly LoadedConfig[]): Registry['hooks'] {
  const of = (name: HookName) =>
    configs.flatMap(({ module, origin, config }) => {
      const hook = config.hook?.[name] as RegisteredHook['hook'] | undefined;
      return hook === undefined ? [] : [{ name, module, origin, hook }];
    });
  return new Map(HOOK_NAMES.map((name) => [name, of(name)] as const).filter(([, hooks]) => hooks.length > 0));
}

function joined(configs: readonly LoadedConfig[]): Registry['statusAction'] {
  const lists = STATUSES.map((status) => {
    const keys = configs.flatMap(({ config }) => config.statusAction?.[status] ?? []);
    return [status, [...new Set(keys)]] as const;
  });
  return Object.fromEntries(lists) as Record<Status, readonly string[]>;
}

/** An action that is offered must have a service in some module. */
function missingActions(
  configs: readonly LoadedConfig[],
  known: readonly string[],
  mayDeclare: (key: string) => boolean,
): string[] {
  return configs.flatMap(({ origin, config }) => {
    const lists = [
      { at: 'statusAction', action: config.statusAction },
      ...Object.entries(config.type ?? {}).map(([key, { action }]) => ({ at: `type.${key}.action`, action })),
    ];
    return lists.flatMap(({ at, action }) =>
      Object.entries(action ?? {}).flatMap(([status, keys]) =>
        keys
          .filter((key) => !known.includes(key) && !mayDeclare(key))
          .map(
            (key) =>
              `${origin}: ${at}.${status} names the action "${key}", which no module declares. Add it to actionService. ${nearest(key, known)}`,
          ),
      ),
    );
  });
}
