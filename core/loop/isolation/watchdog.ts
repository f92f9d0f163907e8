import { url as inspectorUrl } from 'node:inspector';
import { Worker } from 'node:worker_threads';

/** How often the threads look, ms. */
const LOOK_MS = 250;

/**
 * A text, because a thread of plain JavaScript starts in milliseconds whatever loads this process's modules. It counts
 * its own looks: while the process was stopped, or the machine asleep, it made none.
 */
const BEGIN = `
  const { workerData } = require('node:worker_threads');
  const sleep = new Int32Array(new SharedArrayBuffer(4));
  const everyLook = (look) => { for (;;) { Atomics.wait(sleep, 0, 0, ${LOOK_MS}); look(); } };
`;

const PARENT_GONE = `${BEGIN}
  everyLook(() => { if (process.ppid !== workerData.parent) process.kill(-process.pid, 'SIGKILL'); });
`;

const LOOP_SILENT = `${BEGIN}
  const { writeSync } = require('node:fs');
  const [shared, text] = [new Int32Array(workerData.shared, 0, 2), new Uint8Array(workerData.shared, 8)];
  let last = -1;
  let silentMs = 0;
  everyLook(() => {
    const turn = Atomics.load(shared, 0);
    silentMs = turn === last ? silentMs + ${LOOK_MS} : 0;
    last = turn;
    if (silentMs <= workerData.mostMs) return;
    const jobs = Buffer.from(text.slice(0, Atomics.load(shared, 1))).toString();
    const message = 'the event loop was blocked for more than ' + workerData.mostMs + ' ms: this process ends, so that others take its jobs over';
    writeSync(2, JSON.stringify({ time: new Date().toISOString(), level: 'error', message, jobs }) + '\\n');
    process.kill(process.pid, 'SIGKILL');
  });
`;

/** Ends this process, and its group with it, when its parent is gone: also while a job blocks the event loop. */
export function endWithParent(): void {
  new Worker(PARENT_GONE, { eval: true, execArgv: [], workerData: { parent: process.ppid } }).unref();
}

const MOST_BYTES = 4096;

/**
 * Ends this process when its event loop has been silent for longer than a lease: its jobs are others' by then, and a
 * process that hangs would be restarted by nobody. Says on stderr which jobs were running.
 */
export class Watchdog {
  readonly #shared = new SharedArrayBuffer(8 + MOST_BYTES);
  readonly #turns = new Int32Array(this.#shared, 0, 2);
  #thread: Worker | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly mostMs: number,
    /** Which jobs run now. */
    private readonly jobs: () => string,
  ) {}

  start(): void {
    // At a breakpoint the loop is silent too.
    if (this.#thread || inspectorUrl() !== undefined) return;
    const workerData = { shared: this.#shared, mostMs: this.mostMs };
    this.#thread = new Worker(LOOP_SILENT, { eval: true, execArgv: [], workerData });
    this.#thread.unref();
    this.#timer = setInterval(() => this.#turn(), LOOK_MS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#thread?.terminate();
    this.#thread = undefined;
  }

  #turn(): void {
    const { written } = new TextEncoder().encodeInto(this.jobs(), new Uint8Array(this.#shared, 8));
    Atomics.store(this.#turns, 1, written);
    Atomics.add(this.#turns, 0, 1);
  }
}
