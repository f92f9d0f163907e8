import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { Output } from '../../bin/output.js';
import { standingOf, workersText } from '../../bin/workers-text.js';
import { TextCollector } from './run-for-tests.js';

/** Above what any system gives. */
const NO_PID = 2 ** 30;
const LONG = 589_400;

test.each([
  ['that signs as it should', `${hostname()}:${NO_PID}`, 5000, 'there'],
  ['that is gone from this machine', `${hostname()}:${NO_PID}`, LONG, 'gone'],
  ['whose process is there and says nothing', `${hostname()}:${process.pid}`, LONG, 'silent'],
  ['of another machine', `elsewhere:${NO_PID}`, LONG, 'silent'],
])('a worker %s', (_, worker, silentMs, standing) => {
  expect(standingOf({ worker, silentMs })).toBe(standing);
});

test('workers that say nothing stand out, in words and in colour, and the columns stay straight', () => {
  const worker = { types: ['import'], places: 5, leftSlices: 0, startedAt: '', seenAt: '' };
  const list = [
    { ...worker, worker: 'a:1', silentMs: 2900, standing: 'there' },
    { ...worker, worker: 'b:2', silentMs: LONG, standing: 'silent' },
    { ...worker, worker: 'c:3', silentMs: LONG, standing: 'gone' },
  ] as const;
  const plain = workersText(list, new Output(new TextCollector(), new TextCollector(), {}));
  expect(plain.split('\n')).toEqual([
    'WORKER  PLACES  SEEN                    TYPES',
    'a:1          5  3 s ago                 import',
    'b:2          5  silent for 589 s        import',
    'c:3          5  gone, silent for 589 s  import',
  ]);
  const terminal = Object.assign(new TextCollector(), { isTTY: true });
  const painted = workersText(list, new Output(terminal, terminal, {}));
  expect(painted).toContain('\x1b[33msilent for 589 s\x1b[39m  ');
  expect(painted).toContain('\x1b[31mgone, silent for 589 s\x1b[39m  import');
  expect(painted.split('\n').slice(0, 2)).toEqual(plain.split('\n').slice(0, 2));
});

test('slices that go on although they were told to stop have a column where there are any', () => {
  const worker = {
    types: ['import'],
    places: 5,
    startedAt: '',
    seenAt: '',
    silentMs: 2900,
    standing: 'there',
  } as const;
  const list = [
    { ...worker, worker: 'a:1', leftSlices: 0 },
    { ...worker, worker: 'b:2', leftSlices: 3 },
  ];
  expect(workersText(list, new Output(new TextCollector(), new TextCollector(), {})).split('\n')).toEqual([
    'WORKER  PLACES  SEEN     LEFT SLICES  TYPES',
    'a:1          5  3 s ago            0  import',
    'b:2          5  3 s ago            3  import',
  ]);
});
