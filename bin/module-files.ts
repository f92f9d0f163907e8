import type { ModuleNames } from './module-names.js';

export interface ModuleKind {
  /** One function instead of a class that does slices. */
  readonly isRun: boolean;
  readonly hasActions: boolean;
}

/** The files of a new module, by their path in its folder. What they hold compiles, is formatted, and passes its test. */
export function moduleFiles(names: ModuleNames, kind: ModuleKind): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  files.set('configs/progress-manager.ts', configFile(names, kind));
  if (kind.isRun) files.set(`services/run-${names.folder}.ts`, runFile(names));
  else files.set(`services/${names.folder}-progress-manager.ts`, serviceFile(names));
  if (kind.hasActions) files.set(`services/download-${names.folder}-action.ts`, actionFile(names));
  files.set('i18n/en.json', wordsFile(names, kind));
  files.set(`test/${names.folder}.test.ts`, testFile(names, kind));
  return files;
}

function configFile({ folder, type, className, key }: ModuleNames, { isRun, hasActions }: ModuleKind): string {
  const imports = [
    ...(hasActions ? [[`Download${className}Action`, `download-${folder}-action`]] : []),
    isRun ? [`run${className}`, `run-${folder}`] : [`${className}ProgressManager`, `${folder}-progress-manager`],
  ];
  const lines = imports.map(([name, file]) => ({ name, from: `'../services/${file}.js'` }));
  lines.sort((a, b) => (a.from < b.from ? -1 : 1));
  return `import { defineProgressManager } from 'progress-manager';
import words from '../i18n/en.json' with { type: 'json' };
${lines.map(({ name, from }) => `import { ${name} } from ${from};\n`).join('')}
declare module 'progress-manager' {
  interface ProgressJobTypes {
    ${type}: { readonly items: readonly string[] };
  }
}

export default defineProgressManager({
${hasActions ? `  actionService: { download_${key}: Download${className}Action },\n` : ''}  type: {
    ${type}: {
      ${isRun ? `run: run${className}` : `service: ${className}ProgressManager`},
      label: words.type.${type},
${hasActions ? `      action: { success: ['download_${key}'] },\n` : ''}    },
  },
});
`;
}

function serviceFile({ folder, type, className }: ModuleNames): string {
  return `import { AbstractProgressManager, type JobContext, type ProgressJob } from 'progress-manager';

/** Works on one item in each slice. */
export class ${className}ProgressManager extends AbstractProgressManager<'${type}'> {
  async executeProgressJob(job: ProgressJob<'${type}'>, context: JobContext): Promise<boolean> {
    const { items } = job.data;
    const item = items[job.offset];
    // Your work comes here. What it writes to the database goes into context.write: it is committed with the offset.
    if (item !== undefined) await context.files.append('${folder}.txt', \`\${item}\\n\`);
    this.advance(job.offset + 1, items.length);
    return true;
  }
}
`;
}

function runFile({ folder, type, className }: ModuleNames): string {
  return `import type { JobContext, ProgressJob } from 'progress-manager';

/** Works on all items in one go; what it returns is the result of the job. */
export async function run${className}(job: ProgressJob<'${type}'>, context: JobContext) {
  const { items } = job.data;
  for (const [index, item] of items.entries()) {
    context.signal.throwIfAborted();
    // Your work comes here.
    await context.files.append('${folder}.txt', \`\${item}\\n\`);
    context.report(((index + 1) / items.length) * 100);
  }
  return { done: items.length };
}
`;
}

function actionFile({ folder, className }: ModuleNames): string {
  return `import type { Job, StatusActionInterface } from 'progress-manager';
import words from '../i18n/en.json' with { type: 'json' };

/** Leads to the file that a job wrote. */
export class Download${className}Action implements StatusActionInterface {
  readonly label = words.action.download;

  getProgressStatusActionData(job: Job) {
    if (job.outputs.length === 0) return { isEmpty: true };
    return { url: \`/api/jobs/\${job.id}/files/${folder}.txt\` };
  }

  executeStatusAction(job: Job) {
    return this.getProgressStatusActionData(job);
  }
}
`;
}

function wordsFile({ type, label }: ModuleNames, { hasActions }: ModuleKind): string {
  const words = { type: { [type]: label }, ...(hasActions && { action: { download: 'Download' } }) };
  const short = (value: object) => JSON.stringify(value).replace(/^\{/, '{ ').replace(/\}$/, ' }').replace(':', ': ');
  const lines = Object.entries(words).map(([key, value]) => `  "${key}": ${short(value)}`);
  return `{\n${lines.join(',\n')}\n}\n`;
}

function testFile(names: ModuleNames, kind: ModuleKind): string {
  const { folder, type } = names;
  return `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootForTests${kind.isRun ? ', killAfter' : ''} } from 'progress-manager/testing';

/** The folder that holds "modules". */
const root = new URL('../../..', import.meta.url);

test('works on every item', async (t) => {
  const kit = await bootForTests({ root });
  t.after(() => kit.close());
  const { job, files } = await kit.runJob('${type}', { items: ['a', 'b'] });
  assert.equal(job.status, 'success');
  assert.equal(files['${folder}.txt'], 'a\\nb\\n');
});

test('an empty list is done at once', async (t) => {
  const kit = await bootForTests({ root });
  t.after(() => kit.close());
  const { job } = await kit.runJob('${type}', { items: [] });
  assert.equal(job.status, 'success');
});
${kind.isRun ? runDeathTest(names) : sweepTest(names)}${kind.hasActions ? actionTest(names) : ''}`;
}

function sweepTest({ folder, type }: ModuleNames): string {
  return `
test('survives the death of its worker before and after any statement', async (t) => {
  const kit = await bootForTests({ root });
  t.after(() => kit.close());
  const { kills } = await kit.survivesEveryKill('${type}', { items: ['a', 'b'] }, ({ files }) => {
    assert.equal(files['${folder}.txt'], 'a\\nb\\n');
  });
  assert.ok(kills > 0);
});
`;
}

function runDeathTest({ type }: ModuleNames): string {
  return `
test('says so when its worker dies: a function cannot go on in the middle', async (t) => {
  const kit = await bootForTests({ root });
  t.after(() => kit.close());
  const { job } = await kit.runJob('${type}', { items: ['a'] }, { kill: killAfter(0) });
  assert.equal(job.error?.code, 'worker_lost');
});
`;
}

function actionTest({ folder, type, key }: ModuleNames): string {
  return `
test('offers its file once it has succeeded', async (t) => {
  const kit = await bootForTests({ root });
  t.after(() => kit.close());
  const { job } = await kit.runJob('${type}', { items: ['a'] });
  const { result } = await kit.progressManager.act(job.id, 'download_${key}');
  assert.deepEqual(result, { url: \`/api/jobs/\${job.id}/files/${folder}.txt\` });
});
`;
}
