import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const WATCHDOG = fileURLToPath(new URL('../../../core/loop/isolation/watchdog.ts', import.meta.url));

/** A process that the watchdog guards; `then`: what it does once it is guarded. */
async function guarded(then: string) {
  const program = `
    import { Watchdog } from ${JSON.stringify(WATCHDOG)};
    const watchdog = new Watchdog(1000, () => '7 copy, 8 mäßig');
    watchdog.start();
    setTimeout(async () => { ${then} }, 600);
  `;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program]);
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const [code, signal] = await once(child, 'close');
  return { code, signal, said };
}

test('a process whose event loop is blocked ends, and says which jobs ran', async () => {
  const { signal, said } = await guarded('for (;;);');
  expect(signal).toBe('SIGKILL');
  expect(JSON.parse(said)).toEqual({
    time: expect.any(String),
    level: 'error',
    message: expect.stringContaining('blocked for more than 1000 ms'),
    jobs: '7 copy, 8 mäßig',
  });
});

test('a process that was busy for less, and then stops its watchdog, ends by itself', async () => {
  const busy = 'const until = Date.now() + 500; while (Date.now() < until); await watchdog.stop();';
  expect(await guarded(busy)).toEqual({ code: 0, signal: null, said: '' });
});
