import { expect, test } from 'vitest';
import { Children } from '../../../core/loop/isolation/children.js';
import type { ChildOptions } from '../../../core/loop/isolation/messages.js';
import { makeRoot } from '../../support/make-root.js';
import { until } from '../../support/until.js';

/** Says that it is ready, and stays. */
const PROGRAM = `process.send({ kind: 'ready' }); process.on('message', () => undefined);`;

test('one type whose places are all taken does not keep a spare from another that shares its memory', async () => {
  await using root = await makeRoot({ 'child.mjs': PROGRAM });
  const children = new Children(
    new URL(`file://${root.path}/child.mjs`),
    {} as ChildOptions,
    (type) => type === 'free',
  );
  const taken = [children.take('free', undefined), children.take('full', undefined)];
  try {
    await until('a spare to stand by', () => children.ready === 1, 10_000);
    // Of another memory, and with no room: none.
    taken.push(children.take('full', 512));
    await new Promise((resolve) => setTimeout(resolve, 3500));
    expect(children.ready).toBe(1);
  } finally {
    for (const { process: child } of taken) child.kill('SIGKILL');
    await children.close();
  }
});
