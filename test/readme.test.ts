import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { commandLineForTests } from './bin/run-for-tests.js';
import { bootForTests } from './support/boot-for-tests.js';
import { until } from './support/until.js';

const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'pm-readme-'));
});

afterEach(() => rm(root, { recursive: true, force: true }));

/** Code blocks of the README whose first line names the file they are, of one module. */
async function filesOfReadme(module = 'letters'): Promise<ReadonlyMap<string, string>> {
  const readme = await readFile(join(REPOSITORY, 'README.md'), 'utf8');
  const blocks = readme.matchAll(/```ts\n\/\/ (modules\/\S+\.ts)\n([\s\S]*?)```/g);
  const files = [...blocks].map(([, path = '', code = '']) => [path, code] as const);
  return new Map(files.filter(([path]) => path.startsWith(`modules/${module}/`)));
}

async function write(files: ReadonlyMap<string, string>): Promise<void> {
  for (const [path, code] of files) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), code);
  }
}

describe("the README's job type", () => {
  it('has two files and about twenty lines', async () => {
    const files = await filesOfReadme();
    expect([...files.keys()]).toEqual([
      'modules/letters/configs/progress-manager.ts',
      'modules/letters/services/letters-progress-manager.ts',
      'modules/letters/test/letters.test.ts',
    ]);
    const lines = [...files.values()]
      .slice(0, 2)
      .join('\n')
      .split('\n')
      .filter((line) => line.trim() !== '');
    expect(lines.length).toBeLessThanOrEqual(24);
  });

  it('works when it is dropped into modules, with nothing else changed', async () => {
    await write(await filesOfReadme());
    await using test = await bootForTests({ root });
    const { container } = test.app;
    const progressManager = container.get('progressManager');
    const { id } = await progressManager.push('Letters', 'letters', { ids: [1, 2, 3] });
    for (const progress of [33.33, 66.67, 100]) {
      await container.get('loop').tick();
      expect((await progressManager.get(id))?.progress).toBe(progress);
    }
    expect((await progressManager.get(id))?.status).toBe('success');
  });

  it('passes its own test, with the death of its worker at every statement', { timeout: 120_000 }, async () => {
    await write(await filesOfReadme());
    expect(await runTest('modules/letters/test/letters.test.ts')).toMatch(/^# pass 2\n# fail 0$/m);
  });

  it('says how it goes, and retries what failed, as the README shows', { timeout: 60_000 }, async () => {
    const files = new Map(await filesOfReadme());
    const [config = '', service = ''] = files.keys();
    const readme = await readFile(join(REPOSITORY, 'README.md'), 'utf8');
    const [slice = ''] = /async executeProgressJob\([^\n]*\{ log, item, tell \}[\s\S]*?\n\}\n/.exec(readme) ?? [];
    const [option = ''] = /retryItems: \(job, keys\) => [^`]*/.exec(readme) ?? [];
    files.set(config, (files.get(config) ?? '').replace('service: L', `${option}, service: L`));
    files.set(
      service,
      (files.get(service) ?? '')
        .replace(/ {2}async executeProgressJob[\s\S]*?\n {2}\}\n/, slice)
        .replace('type ProgressJob', 'type JobContext, type ProgressJob')
        .replace(/console\.error\([^\n]*/, "if (id === 2) throw new Error('moved away');"),
    );
    await write(files.set('use.ts', "import './modules/letters/configs/progress-manager.js';\n"));
    expect(await compile('use.ts')).toBe('');
    await using test = await bootForTests({ root });
    const { container } = test.app;
    const manager = container.get('progressManager');
    const { id } = await manager.push('Letters', 'letters', { ids: [1, 2, 3] });
    while ((await container.get('loop').tick()) > 0);
    expect(await manager.get(id)).toMatchObject({ status: 'success', counts: { processed: 3, failed: 1 } });
    expect((await manager.log(id)).list).toMatchObject([
      { level: 'warning', details: { id: 2, error: { message: 'moved away' } } },
    ]);
    expect((await manager.items(id)).list).toMatchObject([
      { key: '2', outcome: 'failed', reason: 'Error: moved away' },
    ]);
    expect(await manager.messages(id)).toMatchObject([{ text: 'The first letter is on its way.' }]);
    const retried = await manager.retryFailed(id);
    expect((await manager.get(retried.id))?.data).toEqual({ ids: [2] });
  });

  it('compiles, and does not compile with data that does not fit', { timeout: 60_000 }, async () => {
    const files = new Map(await filesOfReadme());
    const use = (data: string) =>
      `import type { ProgressManager } from 'progress-manager';\nimport './modules/letters/configs/progress-manager.js';\nexport const push = (manager: ProgressManager) => manager.push('Letters', 'letters', ${data});\n`;
    await write(files.set('right.ts', use('{ ids: [1] }')));
    expect(await compile('right.ts')).toBe('');
    await write(files.set('wrong.ts', use("{ ids: ['one'] }")));
    expect(await compile('wrong.ts')).toContain("Type 'string' is not assignable to type 'number'");
  });

  it('with a typo in its config stops the start and names the file and the fix', async () => {
    const files = new Map(await filesOfReadme());
    const [path = '', config = ''] = [...files][0] ?? [];
    await write(files.set(path, config.replace('{ type:', '{ typ:')));
    await expect(bootForTests({ root })).rejects.toThrow(
      `${path}: the config has an unknown key "typ". Did you mean "type"?`,
    );
  });
});

describe("the README's job that adds jobs", () => {
  it('compiles, and sums up its regions', { timeout: 60_000 }, async () => {
    const files = await filesOfReadme('yearly');
    await write(files);
    expect(await compile([...files.keys()][0] ?? '')).toBe('');
    await using test = await bootForTests({ root });
    const { container } = test.app;
    const progressManager = container.get('progressManager');
    const regions = ['North', 'South'].map((name) => ({ name, rows: 1 }));
    const { id } = await progressManager.push('Yearly', 'yearly', { regions });
    await container.get('loop').tick();
    expect((await progressManager.get(id))?.children).toMatchObject({ total: 2, ended: 0 });
    await container.get('loop').tick();
    await test.app.wakeParents();
    await container.get('loop').tick();
    expect(await progressManager.get(id)).toMatchObject({ status: 'success', result: 10, message: undefined });
  });
});

describe("the README's schedule", () => {
  it('compiles, and runs as it says', { timeout: 60_000 }, async () => {
    const readme = await readFile(join(REPOSITORY, 'README.md'), 'utf8');
    const path = 'modules/letters/configs/progress-manager.ts';
    const [, config = ''] = /```ts\n\/\/ modules\S+, with a schedule\n([\s\S]*?)```/.exec(readme) ?? [];
    const declared = (await filesOfReadme()).get(path)?.match(/declare module[\s\S]*?\n}\n/)?.[0] ?? '';
    await write(new Map([...(await filesOfReadme()), [path, `${config}\n${declared}`]]));
    expect(await compile(path)).toBe('');
    await using test = await bootForTests({ root });
    const manager = test.app.container.get('progressManager');
    expect(await manager.schedules()).toMatchObject([
      { name: 'weekly_letters', inWords: 'At 08:00, only on Monday', next: { length: 5 } },
    ]);
    const { id } = await manager.runScheduleNow('weekly_letters');
    expect(await manager.get(id)).toMatchObject({ name: 'Letters of the week', data: { ids: [1, 2, 3] } });
    const tests = 'modules/letters/test/letters.test.ts';
    const [head = ''] = (await filesOfReadme()).get(tests)?.split("\ntest('") ?? [];
    const [schedule = ''] = /test\('letters go out[\s\S]*?\n}\);\n/.exec(readme) ?? [];
    await write(new Map([[tests, `${head}\n${schedule}`]]));
    expect(await runTest(tests)).toMatch(/^# pass 1\n# fail 0$/m);
  });
});

describe("the README's addresses and commands", () => {
  it('answer and run when they are dropped beside a job type', async () => {
    const files = new Map(await filesOfReadme('stock'));
    files.set(
      'modules/stock/configs/progress-manager.ts',
      `import { defineProgressManager } from 'progress-manager';
export default defineProgressManager({ type: { stockCount: { run: () => ({ shelves: 3 }) } } });
`,
    );
    await write(files);
    for (const file of files.keys()) expect(await compile(file)).toBe('');
    await writeFile(join(root, 'package.json'), '{ "type": "module", "version": "1.0.0" }');
    await using test = await bootForTests({ root });
    const { key } = await test.app.container.get('accessStore').addKey({ id: 'ann', isAdmin: false });
    const headers = { Authorization: `Bearer ${key}` };
    const address = 'http://jobs.example/api/stock/count';
    expect((await test.app.handler(new Request(address, { method: 'POST' }))).status).toBe(401);
    const answer = await test.app.handler(new Request(address, { method: 'POST', headers }));
    expect(answer.status).toBe(202);
    const { id } = (await answer.json()) as { id: string };
    expect(await test.app.container.get('progressManager').get(id)).toMatchObject({ userId: 'ann' });
    await using line = await commandLineForTests({}, root);
    await line.pm('migrate');
    const said = await line.pm('stock:count');
    expect(said).toMatchObject({ exitCode: 0 });
    expect(said.stdout).toContain('Counted: {"shelves":3}');
  });
});

describe("the README's webhook", () => {
  it('is about ten lines, and tells an address of each end', async () => {
    const files = await filesOfReadme('webhook');
    const [code = ''] = files.values();
    expect(code.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(12);
    const told: unknown[] = [];
    const server = createServer(async (request, response) => {
      told.push(JSON.parse(await text(request)));
      response.end();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    vi.stubEnv('WEBHOOK_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    try {
      await write(new Map([...files, ...(await filesOfReadme())]));
      await using test = await bootForTests({ root });
      const { container } = test.app;
      const { number } = await container.get('progressManager').push('Letters', 'letters', { ids: [1] });
      await container.get('loop').tick();
      await until('the webhook was called', () => told.length > 0);
      expect(told).toEqual([{ number, name: 'Letters', status: 'success' }]);
    } finally {
      vi.unstubAllEnvs();
      server.close();
    }
  });
});

/** What node's runner says of a file of tests in the folder. */
async function runTest(path: string): Promise<string> {
  await writeFile(join(root, 'package.json'), JSON.stringify({ type: 'module' }));
  await mkdir(join(root, 'node_modules'));
  await symlink(REPOSITORY, join(root, 'node_modules/progress-manager'));
  const source = ['--import', 'tsx', '--conditions=progress-manager-source'];
  const words = [...source, '--test', '--test-reporter=tap', join(root, path)];
  // In the repository, whose tsconfig.json says that parameters have decorators.
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
  const run = promisify(execFile)(process.execPath, words, { cwd: REPOSITORY, env });
  return (await run.catch((error) => error)).stdout;
}

/** What tsc says about a file of the folder; empty when it compiles. */
async function compile(file: string): Promise<string> {
  const config = {
    extends: join(REPOSITORY, 'tsconfig.json'),
    compilerOptions: {
      paths: { 'progress-manager': [join(REPOSITORY, 'core/index.ts')] },
      typeRoots: [join(REPOSITORY, 'node_modules/@types')],
    },
    include: [],
    files: [file],
  };
  await writeFile(join(root, 'tsconfig.json'), JSON.stringify(config));
  await writeFile(join(root, 'package.json'), JSON.stringify({ type: 'module' }));
  const tsc = join(REPOSITORY, 'node_modules/.bin/tsc');
  return promisify(execFile)(tsc, ['--noEmit', '-p', root]).then(
    ({ stdout }) => stdout,
    ({ stdout }) => stdout,
  );
}
