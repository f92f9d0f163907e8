import { type ConfigurationError, defineProgressManager } from 'progress-manager';
import { bootForTests } from 'progress-manager/testing';
import { expect, test } from 'vitest';
import { moduleRoot } from '../../../test/support/module-root.js';

async function faultsOf(address: string, type: string): Promise<readonly string[]> {
  await using root = await moduleRoot(['mobizon-api']);
  const campaign = defineProgressManager({
    type: { send: { run: () => 1 } },
    extension: { mobizonCall: { [address]: type } },
  });
  const error = await bootForTests({ root: root.path, modules: { campaign } }).then(
    async (kit) => {
      await kit.close();
      return undefined;
    },
    (threw: ConfigurationError) => threw,
  );
  return error?.faults ?? [];
}

test('a module gives a call its address and the type that it starts', async () => {
  expect(await faultsOf('campaign/send', 'send')).toEqual([]);
});

test.each([
  ['campaign', 'send', 'must be an address "module/method"'],
  ['campaign/send/now', 'send', 'must be an address "module/method"'],
  ['Taskqueue/start', 'send', 'begins with "taskqueue", which is taken.'],
  ['campaign/send', '', 'must name a job type.'],
  ['campaign/send', 'sned', 'starts the job type "sned", which no module declares.'],
])('one that cannot be stops the start: %s → %s', async (address, type, words) => {
  expect(await faultsOf(address, type)).toEqual([expect.stringContaining(words)]);
});
