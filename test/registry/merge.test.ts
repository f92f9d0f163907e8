import { describe, expect, test } from 'vitest';
import type { ProgressManagerConfig } from '../../core/contracts/config.js';
import type { Job } from '../../core/contracts/job.js';
import type { StatusActionInterface } from '../../core/contracts/status-action.js';
import type { LoadedConfig } from '../../core/registry/load.js';
import { merge } from '../../core/registry/merge.js';

class Press implements StatusActionInterface {
  getProgressStatusActionData(_: Job) {
    return {};
  }
  executeStatusAction() {
    return undefined;
  }
}
class OtherPress extends Press {}
class Clock {}
class OtherClock {}

const run = () => 1;
const otherRun = () => 2;

describe('keys', () => {
  test('every key remembers its module and its file, in the order of the configs', () => {
    const { registry, faults } = merge([
      from('core', { actionService: { cancel: Press } }),
      from('billing', { type: { invoice: { run } }, services: { clock: Clock } }),
      from('reports', {
        type: { annual_report: { run }, letter: { run, label: 'A letter' } },
        actionService: { print: OtherPress },
      }),
    ]);
    expect(faults).toEqual([]);
    expect([...registry.types.values()]).toEqual([
      { key: 'invoice', module: 'billing', origin: 'billing.ts', label: 'Invoice', config: { run } },
      { key: 'annual_report', module: 'reports', origin: 'reports.ts', label: 'Annual report', config: { run } },
      { key: 'letter', module: 'reports', origin: 'reports.ts', label: 'A letter', config: { run, label: 'A letter' } },
    ]);
    expect([...registry.actions.values()]).toEqual([
      { key: 'cancel', module: 'core', origin: 'core.ts', service: Press },
      { key: 'print', module: 'reports', origin: 'reports.ts', service: OtherPress },
    ]);
    expect([...registry.services]).toEqual([['clock', Clock]]);
  });

  test('an action is a class, or a class with options', () => {
    const { registry } = merge([from('a', { actionService: { print: { service: Press } } })]);
    expect(registry.actions.get('print')?.service).toBe(Press);
  });

  test('nothing at all is an empty registry', () => {
    const { registry, faults } = merge([from('empty', {})]);
    expect(faults).toEqual([]);
    expect([registry.types.size, registry.actions.size, registry.services.size]).toEqual([0, 0, 0]);
    expect(merge([]).faults).toEqual([]);
  });
});

describe('owners', () => {
  test.each<[string, ProgressManagerConfig, ProgressManagerConfig]>([
    ['job type', { type: { report: { run } } }, { type: { report: { run: otherRun } } }],
    ['action', { actionService: { report: Press } }, { actionService: { report: OtherPress } }],
    ['service', { services: { report: Clock } }, { services: { report: OtherClock } }],
  ])('two owners of one %s are a fault that names both files', (kind, first, second) => {
    const { faults } = merge([from('a', first), from('b', second)]);
    expect(faults).toEqual([
      expect.stringMatching(`Two modules own the ${kind} "report": a.ts and b.ts.*override: true`),
    ]);
  });

  test('a later module takes a key over by saying so, and is its origin then', () => {
    const { registry, faults } = merge([
      from('core', { actionService: { cancel: Press } }),
      from('a', { type: { report: { run } } }),
      from('b', {
        type: { report: { run: otherRun, override: true } },
        actionService: { cancel: { service: OtherPress, override: true } },
      }),
    ]);
    expect(faults).toEqual([]);
    expect(registry.types.get('report')).toMatchObject({ module: 'b', origin: 'b.ts', config: { run: otherRun } });
    expect(registry.actions.get('cancel')).toMatchObject({ module: 'b', service: OtherPress });
  });

  test('each of three owners is told of the one before', () => {
    const { faults } = merge(['a', 'b', 'c'].map((module) => from(module, { type: { report: { run } } })));
    expect(faults).toHaveLength(2);
    const overrides = ['b', 'c'].map((module) => from(module, { type: { report: { run, override: true } } }));
    expect(merge([from('a', { type: { report: { run } } }), ...overrides]).faults).toEqual([]);
  });

  test('an override of nothing is a fault, and the only one', () => {
    const config = from('a', {
      actionService: { print: { service: Press, override: true } },
      statusAction: { success: ['print'] },
    });
    expect(merge([config]).faults).toEqual([expect.stringMatching(/^a\.ts: the action "print" says override: true/)]);
  });

  test('a type, an action and a service may share a key', () => {
    const config: ProgressManagerConfig = { type: { a: { run } }, actionService: { a: Press }, services: { a: Clock } };
    expect(merge([from('a', config)]).faults).toEqual([]);
  });
});

describe('actions by status', () => {
  test('lists are joined in the order of the configs, each action once', () => {
    const { registry, faults } = merge([
      from('core', {
        actionService: { cancel: Press, close: Press },
        statusAction: { new: ['cancel'], success: ['close'] },
      }),
      from('a', { actionService: { print: Press }, statusAction: { success: ['print', 'close'], new: [] } }),
    ]);
    expect(faults).toEqual([]);
    const none = { in_progress: [], paused: [], error: [], cancelled: [] };
    expect(registry.statusAction).toEqual({ ...none, new: ['cancel'], success: ['close', 'print'] });
  });

  test('an action that no module declares is a fault that names file, place and status', () => {
    const config: ProgressManagerConfig = {
      statusAction: { new: ['a'] },
      type: { report: { run, action: { error: ['b'] } } },
    };
    expect(merge([from('reports', config)]).faults).toEqual([
      expect.stringMatching(/^reports\.ts: statusAction\.new names the action "a".*Add it to actionService/),
      expect.stringMatching(/^reports\.ts: type\.report\.action\.error names the action "b"/),
    ]);
  });

  test('a misspelt action is told the one that is there', () => {
    const config: ProgressManagerConfig = { actionService: { print: Press }, statusAction: { success: ['prnit'] } };
    expect(merge([from('a', config)]).faults).toEqual([expect.stringContaining('Did you mean "print"?')]);
  });

  test('an action may be declared by a later module', () => {
    const configs = [
      from('a', { statusAction: { success: ['print'] } }),
      from('b', { actionService: { print: Press } }),
    ];
    expect(merge(configs).faults).toEqual([]);
  });

  test('what a broken file may declare is not said to be missing', () => {
    const config: ProgressManagerConfig = {
      statusAction: { new: ['print', 'shred'] },
      actionService: { fold: { service: Press, override: true } },
    };
    const { faults } = merge([from('a', config)], (key) => key === 'print' || key === 'fold');
    expect(faults).toEqual([expect.stringContaining('"shred"')]);
  });

  test('only own keys count: "toString" is no action that everybody has', () => {
    expect(merge([from('a', { statusAction: { new: ['toString', 'constructor'] } })]).faults).toHaveLength(2);
  });
});

test('the configs are left as they were', () => {
  const configs = [
    from('a', {
      type: { report: { run, action: { new: ['print'] } } },
      actionService: { print: Press },
      statusAction: { new: ['print'] },
    }),
    from('b', { type: { report: { run: otherRun, override: true } }, statusAction: { new: ['print'] } }),
  ];
  for (const config of configs) deepFreeze(config);
  expect(merge(configs)).toEqual(merge(configs));
});

function from(module: string, config: ProgressManagerConfig): LoadedConfig {
  return { module, origin: `${module}.ts`, config };
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  Object.freeze(value);
  for (const each of Object.values(value)) deepFreeze(each);
}
