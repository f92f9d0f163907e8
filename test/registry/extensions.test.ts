import { extensionsOf, loadRegistry } from 'progress-manager';
import { expect, test } from 'vitest';
import { faultsOf as faultsOfRoot } from '../support/faults-of.js';
import { makeRoot } from '../support/make-root.js';

declare module 'progress-manager' {
  interface Extensions {
    greeting: () => string;
  }
}

const POINT = `export default { extensionPoint: { greeting: (name, value) => typeof value === 'function' ? undefined : 'must be a function.' } };`;
const GIVES = (text: string) => `export default { extension: { greeting: ${text} } };`;
const file = (module: string) => `modules/${module}/configs/progress-manager.ts`;

const faultsOf = (files: Readonly<Record<string, string>>) => faultsOfRoot(files, (root) => loadRegistry(root));

test('what modules give to an extension point reaches the module that has it, by any name, in the order of modules', async () => {
  await using root = await makeRoot({
    [file('zoo')]: GIVES("{ 'Ns\\\\\\\\Hello:say': () => 'hello' }"),
    [file('host')]: POINT,
    [file('ant')]: GIVES("{ hi: () => 'hi' }"),
  });
  const registry = await loadRegistry(root.path);
  const greetings = extensionsOf(registry, 'greeting');
  expect([...greetings].map(([name, greet]) => [name, greet()])).toEqual([
    ['hi', 'hi'],
    ['Ns\\\\Hello:say', 'hello'],
  ]);
  expect(registry.extensions.get('greeting')?.get('hi')).toMatchObject({ module: 'ant', origin: file('ant') });
});

test('a point to which nobody gives anything is empty', async () => {
  await using root = await makeRoot({ [file('host')]: POINT });
  expect([...extensionsOf(await loadRegistry(root.path), 'greeting')]).toEqual([]);
});

test('what the point does not take is a start-up error in its words', async () => {
  const faults = await faultsOf({ [file('host')]: POINT, [file('ant')]: GIVES('{ hi: 7 }') });
  expect(faults).toEqual([`${file('ant')}: extension.greeting: "hi" must be a function.`]);
});

test('a check that throws is told with the file that has it, and keeps no other fault from being told', async () => {
  const throwing = `export default { extensionPoint: { greeting: () => { throw new Error('no idea'); } } };`;
  const faults = await faultsOf({
    [file('host')]: throwing,
    [file('ant')]: GIVES('{ hi: 7 }'),
    [file('bee')]: 'export default 1;',
  });
  expect(faults).toHaveLength(2);
  expect(faults).toContain(`${file('ant')}: extension.greeting: "hi" could not be checked by ${file('host')}: no idea`);
});

test('two modules that give under one name are both named', async () => {
  const one = GIVES('{ hi: () => 1 }');
  expect(await faultsOf({ [file('host')]: POINT, [file('ant')]: one, [file('bee')]: one })).toEqual([
    `Two modules own "hi" of the extension point "greeting": ${file('ant')} and ${file('bee')}. Rename one of them.`,
  ]);
});

test('two modules that have one point are both named', async () => {
  expect(await faultsOf({ [file('ant')]: POINT, [file('bee')]: POINT })).toEqual([
    `Two modules own the extension point "greeting": ${file('ant')} and ${file('bee')}. Rename one of them.`,
  ]);
});

test('a point that nobody has is told, with the one that was meant', async () => {
  const slip = 'export default { extension: { greetings: { hi: () => 1 } } };';
  expect(await faultsOf({ [file('host')]: POINT, [file('ant')]: slip })).toEqual([
    `${file('ant')}: extension.greetings: no module has this extension point. Did you mean "greeting"?`,
  ]);
  expect(await faultsOf({ [file('ant')]: slip })).toEqual([
    `${file('ant')}: extension.greetings: no module has this extension point. Remove it, or add the module that has it.`,
  ]);
});

test('a point whose module is broken itself is not told as missing', async () => {
  const broken = `export default { extensionPoint: { greeting: () => undefined }, nope: 1 };`;
  const faults = await faultsOf({ [file('host')]: broken, [file('ant')]: GIVES('{ hi: () => 1 }') });
  expect(faults).toEqual([expect.stringContaining('has an unknown key "nope"')]);
});

test('a check may ask for job types; what a broken file may declare is not told as missing', async () => {
  const point = `export default { extensionPoint: { greeting: (name, value, { hasType }) =>
    hasType(value) ? undefined : 'names ' + value + ', which is no type.' } };`;
  const type = `export default { type: { copy: { run: async () => undefined } }, extension: { greeting: { a: 'copy', b: 'cpoy' } } };`;
  const broken = 'export default { type: { cpoy: { run: async () => undefined } }, nope: 1 };';
  const said = `${file('bee')}: extension.greeting: "b" names cpoy, which is no type.`;
  expect(await faultsOf({ [file('ant')]: point, [file('bee')]: type })).toEqual([said]);
  const faults = await faultsOf({ [file('ant')]: point, [file('bee')]: type, [file('cat')]: broken });
  expect(faults).toEqual([expect.stringContaining(file('cat'))]);
});

test.each([
  ['extension: { greeting: [] }', 'extension.greeting is a list. It must be an object'],
  ['extension: { greeting: { "": 1 } }', 'extension.greeting: the key "" must be a text of 1 to 255 characters'],
  ['extensionPoint: { other: 1 }', 'extensionPoint.other is a number. It must be a function'],
  ['extension: 7', 'extension is a number. It must be an object.'],
])('what is of the wrong shape is told: %s', async (section, words) => {
  const faults = await faultsOf({ [file('host')]: POINT, [file('ant')]: `export default { ${section} };` });
  expect(faults).toEqual([expect.stringContaining(words)]);
});
