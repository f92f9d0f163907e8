import { describe, expect, test } from 'vitest';
import { importsOf, isPackage, sources } from './floors/imports.js';
import { circleIn, floorOf, goesUp, homeOf, isSpec, usesTheDoor, written } from './floors/rules.js';

describe('the project', () => {
  const imports = sources().flatMap(importsOf);
  const within = (folder: string) => imports.filter(({ from }) => from.startsWith(folder));

  test('core imports down the floors only', () => {
    expect(within('core/').length).toBeGreaterThan(200);
    expect(within('core/').filter(goesUp).map(written)).toEqual([]);
  });

  test('every file of core has its floor', () => {
    const files = [...new Set(sources().map(({ file }) => file))].filter((file) => file.startsWith('core/'));
    expect(files.filter((file) => floorOf(file) === undefined)).toEqual([]);
  });

  test('nobody within core goes through the public door', () => {
    expect(within('core/').filter(usesTheDoor).map(written)).toEqual([]);
  });

  test('the store knows nothing of core but its contracts', () => {
    const strange = within('core/store/').filter(
      ({ to }) => to.startsWith('core/') && !/^core\/(contracts|store)\//.test(to),
    );
    expect(strange.map(written)).toEqual([]);
  });

  test('migrations know nothing of core but its contracts, and only store, container and boot know migrations', () => {
    const strange = within('migrations/').filter(
      ({ to }) => !isPackage(to) && !/^(core\/contracts|migrations)\//.test(to),
    );
    expect(strange.map(written)).toEqual([]);
    const curious = within('core/').filter(({ to }) => to.startsWith('migrations/'));
    expect(curious.filter(({ from }) => !/^core\/(store\/|container\/|boot\.ts)/.test(from)).map(written)).toEqual([]);
  });

  test('modules and config import the public door, packages and what is their own', () => {
    const foreign = [...within('modules/'), ...within('config/')].filter(
      ({ from, to }) => !isPackage(to) && !to.startsWith(homeOf(from)) && !(isSpec(from) && to.startsWith('test/')),
    );
    expect(foreign.map(written)).toEqual([]);
  });

  test('the page takes nothing from core but types', () => {
    expect(within('web/').length).toBeGreaterThan(20);
    const strange = within('web/').filter(
      ({ to, isType }) => !to.startsWith('web/') && !(isPackage(to) && to !== 'progress-manager') && !isType,
    );
    expect(strange.map(written)).toEqual([]);
  });

  test('no file imports itself through others', () => {
    expect(circleIn(imports.filter(({ isType }) => !isType))).toEqual([]);
  });
});

describe('this test finds', () => {
  const found = (from: string, text: string) => importsOf({ file: from, text });

  test.each([
    ['a way up', 'core/store/a.ts', `import { Loop } from '../loop/loop.js';`],
    ['a type from above', 'core/contracts/a.ts', `import type { Loop } from '../loop/loop.js';`],
    ['a neighbour', 'core/store/a.ts', `import { nearest } from '../registry/nearest.js';`],
    ['a neighbour above', 'core/loop/a.ts', `export { gate } from '../actions/gate.js';`],
    ['an import in several lines', 'core/store/a.ts', `import {\n  Loop,\n  type Beat,\n} from '../loop/loop.js';`],
    ['a late import', 'core/store/a.ts', `const { Loop } = await import('../loop/loop.js');`],
    ['an import for its effect', 'core/store/a.ts', `import '../loop/loop.js';`],
    ['a type written inside a type', 'core/store/a.ts', `let loop: import('../loop/loop.js').Loop;`],
    ['a way out', 'core/store/a.ts', `import { page } from '../../web/page.js';`],
  ])('%s', (_, from, text) => {
    expect(found(from, text).filter(goesUp)).toHaveLength(1);
  });

  test('imports of values and of types apart', () => {
    const kinds = [
      `import type { A } from './a.js';`,
      `import { type A, type B } from './a.js';`,
      `export type { A } from './a.js';`,
      `import { type A, b } from './a.js';`,
      `import A, { type B } from './a.js';`,
      `import * as a from './a.js';`,
      `export * from './a.js';`,
    ];
    expect(kinds.map((text) => found('core/b.ts', text)[0]?.isType)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  test('the public door, by name and by path', () => {
    expect(found('core/loop/a.ts', `import { boot } from 'progress-manager';`).filter(usesTheDoor)).toHaveLength(1);
    expect(found('core/loop/a.ts', `import { boot } from '../index.js';`).filter(usesTheDoor)).toHaveLength(1);
  });

  test('a circle, and names the files in it', () => {
    const circle = [
      ...found('core/a.ts', `import { b } from './b.js';`),
      ...found('core/b.ts', `import { c } from './c.js';`),
      ...found('core/c.ts', `import { a } from './a.js';`),
    ];
    expect(circleIn(circle)).toEqual(['core/a.ts', 'core/b.ts', 'core/c.ts', 'core/a.ts']);
    expect(circleIn(circle.slice(1))).toEqual([]);
  });

  test('nothing in words and comments', () => {
    expect(
      found('core/a.ts', `// import { a } from './a.js';\n/** from './b.js' */\nconst text = "import from './c.js'";`),
    ).toEqual([]);
  });
});
