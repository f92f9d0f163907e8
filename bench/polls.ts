import { setTimeout as sleep } from 'node:timers/promises';
import { moduleRoot } from '../test/support/module-root.js';
import { PmProcesses } from '../test/support/pm-process.js';

const CLIENTS = 200;
const EVERY_MS = 500;
const STEP_MS = 4000;
const SHOP = new URL('../modules/task-api/test/fixtures/shop', import.meta.url);

interface Task {
  readonly status: string;
  readonly created_at: string;
  readonly done_at: string | null;
}

/**
 * 200 pages that poll one task every 500 ms, against one server on SQLite: how long they wait for an answer, and how
 * long the task takes beside one that nobody polls.
 */
export async function run(): Promise<void> {
  await using root = await moduleRoot(['task-api'], { shop: SHOP });
  await using pm = await PmProcesses.open(root.path, { PM_LOG_LEVEL: 'silent' });
  const headers = { Authorization: `Bearer ${await pm.key('ann')}` };
  const { process, url } = await pm.serve();
  await using _server = process;
  const submit = async (): Promise<string> => {
    const answer = await fetch(`${url}/api/demo/import?stepMs=${STEP_MS}`, { method: 'POST', headers });
    return ((await answer.json()) as { task_id: string }).task_id;
  };
  const look = async (id: string): Promise<Task> =>
    (await fetch(`${url}/api/tasks/${id}`, { headers })).json() as never;
  const alone = await lasting(await submit(), look);
  const polled = await submit();
  const waits: number[] = [];
  const clients = Array.from({ length: CLIENTS }, async (_, client) => {
    await sleep((client * EVERY_MS) / CLIENTS);
    for (let next = performance.now(); ; next += EVERY_MS) {
      const asked = performance.now();
      const { status } = await look(polled);
      waits.push(performance.now() - asked);
      if (status !== 'running') return;
      await sleep(Math.max(0, next + EVERY_MS - performance.now()));
    }
  });
  await Promise.all(clients);
  const beside = await lasting(polled, look);
  const at = (share: number): string => (waits.sort((a, b) => a - b)[Math.floor(waits.length * share)] ?? 0).toFixed(1);
  console.log(`${waits.length} polls of ${CLIENTS} clients, each every ${EVERY_MS} ms`);
  console.log(`answered after: median ${at(0.5)} ms, p99 ${at(0.99)} ms (promised < 50), longest ${at(0.9999)} ms`);
  console.log(`the task took ${(beside / alone).toFixed(3)} × as long as unpolled (${alone} ms)`);
}

/** How long a task took, by its own times, ms. */
async function lasting(id: string, look: (id: string) => Promise<Task>): Promise<number> {
  for (;;) {
    const { done_at, created_at } = await look(id);
    if (done_at !== null) return Date.parse(done_at) - Date.parse(created_at);
    await sleep(EVERY_MS);
  }
}
