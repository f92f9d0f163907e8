import { type ConfigurationError, loadRegistry } from 'progress-manager';
import { expect, test } from 'vitest';
import { discover } from '../../core/registry/discover.js';
import { makeRoot } from '../support/make-root.js';

const TYPE = (key: string) => `export default { type: { ${key}: { run: () => 1 } } };`;

test('core comes first, then the modules by name, whatever the order on disk', async () => {
  await using root = await makeRoot({
    'modules/zoo/configs/progress-manager.ts': TYPE('z'),
    'modules/import-more/configs/progress-manager.ts': TYPE('more'),
    'modules/Upper/configs/progress-manager.ts': TYPE('upper'),
    'modules/import/configs/progress-manager.ts': TYPE('import'),
    'modules/ant/configs/progress-manager.js': TYPE('a'),
  });
  const names = ['core', 'Upper', 'ant', 'import', 'import-more', 'zoo'];
  expect((await discover(root.path)).map(({ module }) => module)).toEqual(names);
  expect([...(await loadRegistry(root.path)).types.keys()]).toEqual(['upper', 'a', 'import', 'more', 'z']);
});

test('configs of a build, in JavaScript, are loaded too, and their declarations are not', async () => {
  await using root = await makeRoot({
    'modules/built/configs/progress-manager.js': TYPE('built'),
    'modules/built/configs/progress-manager.d.ts': 'export {};',
  });
  const type = (await loadRegistry(root.path)).types.get('built');
  expect(type).toMatchObject({ module: 'built', origin: 'modules/built/configs/progress-manager.js' });
});

test('a folder without a config is none of ours', async () => {
  await using root = await makeRoot({
    'modules/without/services/ignored.ts': 'throw new Error();',
    'modules/deep/er/configs/progress-manager.ts': 'throw new Error();',
    'modules/near/configs/progress-manager-old.ts': 'throw new Error();',
    'modules/progress-manager.ts': 'throw new Error();',
    'configs/progress-manager.ts': 'throw new Error();',
  });
  expect((await loadRegistry(root.path)).types.size).toBe(0);
});

test('without any modules there is what core brings', async () => {
  await using root = await makeRoot({});
  const registry = await loadRegistry(root.path);
  expect([...registry.actions.keys()]).toEqual([
    'pause',
    'resume',
    'start_now',
    'cancel',
    'retry',
    'retry_failed',
    'run_again',
    'close',
  ]);
  expect(registry.statusAction).toMatchObject({
    new: ['start_now', 'pause', 'cancel'],
    paused: ['resume', 'cancel'],
    success: ['retry_failed', 'close', 'run_again'],
    cancelled: ['retry', 'retry_failed', 'close', 'run_again'],
  });
});

test('what a broken file declares is not missed besides', async () => {
  await using root = await makeRoot({
    'modules/actions/configs/progress-manager.ts': `export default { actionService: { print: class {} } };`,
    'modules/throws/configs/progress-manager.ts': `throw new Error('no paper'); export default { actionService: { fold: 1 } };`,
    'modules/uses/configs/progress-manager.ts': `export default { statusAction: { success: ['print', 'fold', 'shred'] } };`,
  });
  const faults = await faultsOf(root.path);
  expect(faults).toEqual([
    expect.stringMatching(/^modules\/actions\/.*print.*has no method/),
    expect.stringMatching(/^modules\/throws\/.*no paper/),
    expect.stringMatching(/^modules\/uses\/.*"shred", which no module declares/),
  ]);
});

test('a class that was imported under a wrong name is told apart from one that was left out', async () => {
  await using root = await makeRoot({
    'modules/a/configs/progress-manager.ts': `export default { type: { report: { service: undefined } } };`,
    'modules/b/configs/progress-manager.ts': `export default { type: { letter: {} } };`,
  });
  expect(await faultsOf(root.path)).toEqual([
    expect.stringContaining('type.report.service is undefined. Check the import of its class.'),
    expect.stringContaining('type.letter has neither service nor run.'),
  ]);
});

test('no config can reach the prototype of all objects', async () => {
  await using root = await makeRoot({
    'modules/a/configs/progress-manager.ts': `export default JSON.parse('{"__proto__": {"polluted": "yes"}, "type": {"__proto__": {"polluted": "yes"}}}');`,
    'modules/b/configs/progress-manager.ts': `export default { type: { constructor: { prototype: { polluted: 'yes' } } } };`,
  });
  expect(await faultsOf(root.path)).toHaveLength(3);
  expect(({} as { polluted?: string }).polluted).toBeUndefined();
});

async function faultsOf(root: string): Promise<readonly string[]> {
  return loadRegistry(root).then(
    () => [],
    (error: ConfigurationError) => error.faults,
  );
}
