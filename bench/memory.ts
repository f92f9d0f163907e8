import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { JobView } from '../core/http/job-view.js';
import { writePlaces } from './places.js';

const GIGABYTE = 1000 ** 3;
const MOST_MB = 300;
const PROGRAM = fileURLToPath(new URL('../bin/progress-manager.ts', import.meta.url));

/** Uploads 1 GB of CSV to a server of its own on SQLite, imports it, and tells the most memory the server ever had. */
export async function run(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'progress-manager-memory-'));
  const csv = join(folder, 'places.csv');
  const { rows } = await writePlaces(csv, GIGABYTE);
  const server = startServer(folder);
  try {
    const { url, cookie } = await signIn(server);
    const { file } = await upload(`${url}/api/files?name=places.csv`, cookie, csv);
    console.log(`uploaded ${(file.size / 1e6).toFixed(0)} MB: ${await peak(server)} MB at most`);
    const body = JSON.stringify({ name: 'Import of 1 GB', type: 'import', data: { table: 'place' }, files: [file.id] });
    const headers = { cookie, 'content-type': 'application/json', origin: url };
    const pushed = await fetch(`${url}/api/jobs`, { method: 'POST', headers, body });
    let job = (await pushed.json()) as JobView;
    while (!['success', 'error', 'cancelled'].includes(job.status.key)) {
      await sleep(5000);
      job = (await (await fetch(`${url}/api/jobs/${job.id}`, { headers })).json()) as JobView;
      process.stderr.write(`\r${job.progress.toFixed(2)} %, ${await peak(server)} MB at most   `);
    }
    const most = await peak(server);
    console.log(
      `\nimported ${job.counts.ok} of ${rows} rows (${job.status.key}): ${most} MB at most, ${MOST_MB} are promised`,
    );
    if (job.counts.ok !== rows || most >= MOST_MB) process.exitCode = 1;
  } finally {
    server.kill('SIGTERM');
    await once(server, 'exit');
    await rm(folder, { recursive: true, force: true });
  }
}

function startServer(folder: string): ChildProcess {
  const args = ['--import', 'tsx', '--conditions=progress-manager-source', PROGRAM, 'serve'];
  const env = {
    ...process.env,
    DATABASE_URL: `sqlite:${join(folder, 'memory.sqlite')}`,
    PM_FILES_DIR: join(folder, 'files'),
    PM_UPLOAD_MAX: '2GB',
    PM_LOG_LEVEL: 'warn',
    PORT: '0',
  };
  return spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
}

/** The address that the server prints, exchanged for a session. */
async function signIn(server: ChildProcess): Promise<{ readonly url: string; readonly cookie: string }> {
  if (!server.stdout) throw new Error('The server has no output.');
  for await (const line of createInterface({ input: server.stdout })) {
    const [, url, code] = /(http:\S+)\/#code=(\S+)/.exec(line) ?? [];
    if (!url) continue;
    const headers = { 'content-type': 'application/json', origin: url };
    const answer = await fetch(`${url}/api/session`, { method: 'POST', headers, body: JSON.stringify({ code }) });
    return { url, cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '' };
  }
  throw new Error('The server ended before it was ready.');
}

async function upload(url: string, cookie: string, path: string): Promise<{ file: { id: string; size: number } }> {
  const { size } = await stat(path);
  const sent = request(url, {
    method: 'PUT',
    headers: { cookie, origin: new URL(url).origin, 'content-length': size },
  });
  const answered = once(sent, 'response');
  await pipeline(createReadStream(path), sent);
  const [response] = await answered;
  let text = '';
  for await (const chunk of response) text += chunk;
  return JSON.parse(text);
}

/** The most resident memory the process ever had, MB; Linux tells it. */
async function peak({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round((Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024) / 1e6);
}
