import { expect, test } from 'vitest';
import { moduleRoot } from '../../../test/support/module-root.js';
import { PmProcesses } from '../../../test/support/pm-process.js';
import { until } from '../../../test/support/until.js';
import { SHOP } from './application.js';

test('a task whose server was killed ends in error, with a text, once it is there again', {
  timeout: 90_000,
}, async () => {
  await using root = await moduleRoot(['task-api'], { shop: SHOP });
  await using pm = await PmProcesses.open(root.path, { PM_BEAT_MS: '50', PM_INTERVAL_MS: '50' });
  const Authorization = `Bearer ${await pm.key('ann')}`;
  const ask = async (url: string, method = 'GET') => (await fetch(url, { method, headers: { Authorization } })).json();
  const first = await pm.serve();
  const { task_id } = (await ask(`${first.url}/api/demo/import?stepMs=20000`, 'POST')) as { task_id: string };
  await until(
    'a worker has it',
    async () => (await pm.done('show', task_id, '--json')).includes('"in_progress"'),
    20_000,
  );
  first.process.signal('SIGKILL');
  await first.process.ended;
  const { process, url } = await pm.serve();
  await using _server = process;
  const last = await until(
    'the task has ended',
    async () => {
      const task = (await ask(`${url}/api/tasks/${task_id}`)) as { status: string };
      return task.status === 'running' ? undefined : task;
    },
    20_000,
  );
  expect(last).toMatchObject({
    status: 'error',
    error: 'The worker died before the job had ended, and a job of this type cannot resume.',
    result: null,
    done_at: expect.any(String),
  });
});
