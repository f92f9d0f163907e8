import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ForbiddenError,
  IdTakenError,
  InvalidInputError,
  KeyBusyError,
  NotAvailableError,
  type PushOptions,
  RefusedError,
  TooLargeError,
  type User,
} from 'progress-manager';
import { describe, expect, test } from 'vitest';
import { openScripted, type Scripted, script } from './fixtures/scripted/open-scripted.js';

const ANN: User = { id: 'ann', isAdmin: false };
const BEN: User = { id: 'ben', isAdmin: false };
const ROOT: User = { id: 'root', isAdmin: true };
const ID = '0193a2b4-7c1d-7e2f-8a3b-4c5d6e7f8091';
const MIB = 1024 * 1024;

/** Nothing is left of a push that was refused. */
async function expectRefusal(scripted: Scripted, push: Promise<unknown>, error: object): Promise<void> {
  const before = (await scripted.manager.find({ limit: 200 })).total;
  await expect(push).rejects.toMatchObject(error);
  expect((await scripted.manager.find({ limit: 200 })).total, 'jobs').toBe(before);
}

describe('names', () => {
  const bad: [string, unknown, RegExp][] = [
    ['empty', '', /must not be empty/],
    ['blank', ' \u00a0\t'.replace('\t', ' '), /must not be empty/],
    ['256 characters', 'x'.repeat(256), /at most 255/],
    ['300 characters', 'ü'.repeat(300), /at most 255/],
    ['a control character', 'a\u0000b', /control characters/],
    ['a line break', 'a\nb', /control characters/],
    ['half a character', 'a\ud800', /well-formed/],
    ['no text', 5, /must be a text/],
    ['nothing', undefined, /must be a text/],
    ['a list', ['x'], /must be a text/],
  ];
  test.each(bad)('%s is refused', async (_, name, message) => {
    await using scripted = await openScripted();
    await expectRefusal(scripted, scripted.manager.push(name as string, 'scripted'), {
      ...{ code: 'invalid_input', status: 400, field: 'name', message: expect.stringMatching(message) },
    });
  });

  const literal = [
    '0',
    `O'Hara "the" \`quick\` \\ -- ; DROP TABLE progress_manager`,
    '😀'.repeat(255),
    '<script>alert(1)</script>',
    "x' OR '1'='1",
    '%s {{name}} %(name)',
    ' spaces around ',
  ];
  test.each(literal)('%s is stored as it is', async (name) => {
    await using scripted = await openScripted();
    const number = await scripted.push('scripted', {
      name,
      data: { name },
      key: name.trim().slice(0, 20),
      userId: name.trim().slice(0, 20),
    });
    expect(await scripted.carried(number)).toMatchObject({ name, data: { name }, status: 'in_progress', offset: 1 });
  });
});

describe('types', () => {
  const unknown: [unknown, RegExp][] = [
    ['scriptd', /no job type "scriptd".*Did you mean "scripted"\?/],
    ['nothing_like_it', /Known: .*scripted/],
    ['', /no job type ""/],
    ['__proto__', /no job type "__proto__"/],
    ['Scripted', /Did you mean "scripted"/],
    [undefined, /\(a undefined\)/],
    [Object.create(null), /\(a object\)/],
    ['x'.repeat(10_000), /no job type "x{100}"/],
  ];
  test.each(unknown)('the unknown type %s is refused, with the nearest name or all of them', async (type, message) => {
    await using scripted = await openScripted();
    await expectRefusal(scripted, scripted.manager.push('A job', type as string), {
      ...{ code: 'unknown_type', status: 422, message: expect.stringMatching(message) },
    });
  });

  test('a type for admins is refused to others', async () => {
    await using scripted = await openScripted();
    await expectRefusal(scripted, scripted.manager.push('A job', 'for_admins', {}, {}, { user: ANN }), {
      code: 'forbidden',
    });
    expect(await scripted.manager.push('A job', 'for_admins', {}, {}, { user: ROOT })).toMatchObject({ created: true });
  });
});

describe('data', () => {
  const circular: { self?: unknown } = {};
  circular.self = circular;
  const throwing = {
    toJSON: () => {
      throw null;
    },
  };
  const bad: [string, unknown, RegExp][] = [
    ['circular', circular, /cannot be written as JSON: Converting circular/],
    ['a bigint', { size: 1n }, /BigInt/],
    ['a function', () => 1, /a function cannot be written/],
    ['a symbol', Symbol('x'), /a symbol cannot be written/],
    ['throwing in toJSON', throwing, /cannot be written as JSON/],
  ];
  test.each(bad)('that is %s is refused', async (_, data, message) => {
    await using scripted = await openScripted();
    await expectRefusal(scripted, scripted.manager.push('A job', 'scripted', data), {
      ...{ code: 'invalid_input', field: 'data', message: expect.stringMatching(message) },
    });
  });

  test('of 2 MB is refused, of 1 MiB it is kept', async () => {
    await using scripted = await openScripted();
    await expectRefusal(scripted, scripted.manager.push('A job', 'scripted', 'x'.repeat(2_000_000)), {
      ...{ code: 'too_large', status: 413, message: expect.stringMatching(/2000002 bytes.*1048576 are allowed.*file/) },
    });
    await expect(scripted.manager.push('A job', 'scripted', 'ü'.repeat(MIB / 2))).rejects.toBeInstanceOf(TooLargeError);
    const data = 'x'.repeat(MIB - 2);
    expect((await scripted.job(await scripted.push('scripted', { data }))).data).toBe(data);
  });

  test.each([
    [undefined, {}],
    [null, {}],
    [
      [1, 'two'],
      [1, 'two'],
    ],
    ['text', 'text'],
    [0, 0],
    [false, false],
  ])('%j is kept as %j', async (data, kept) => {
    await using scripted = await openScripted();
    expect((await scripted.job(await scripted.push('scripted', { data }))).data).toEqual(kept);
  });

  test("goes by the type's schema, which may change it", async () => {
    await using scripted = await openScripted();
    const { number } = await scripted.manager.push('A job', 'declared', { table: ' place ' });
    expect((await scripted.job(number)).data).toEqual({ table: 'place' });
    // @ts-expect-error: the data of a declared type
    await expectRefusal(scripted, scripted.manager.push('A job', 'declared', { table: 5 }), {
      ...{ code: 'invalid_data', status: 422, message: expect.stringMatching(/type "declared": table: .*string/) },
    });
    await expect(scripted.manager.push('A job', 'declared')).rejects.toBeInstanceOf(RefusedError);
  });
});

describe('options', () => {
  const bad: [keyof PushOptions, unknown][] = [
    ...['', 'x', "x' OR '1'='1", 5, null, `${ID}x`].map((id): [keyof PushOptions, unknown] => ['id', id]),
    ...['', ' ', 'x'.repeat(256), 'a\nb', 5, null].map((key): [keyof PushOptions, unknown] => ['key', key]),
    ...['', 'x'.repeat(256), 'a\u0000', 5, null, ' ann', 'ann '].map((user): [keyof PushOptions, unknown] => [
      'userId',
      user,
    ]),
    ...['wait', '', true].map((onKey): [keyof PushOptions, unknown] => ['onKey', onKey]),
    ...[6, -6, 0.5, Number.NaN, '0', 10n].map((priority): [keyof PushOptions, unknown] => ['priority', priority]),
    ...[
      'tomorrow',
      '2026-01-01',
      '2026-01-01T00:00:00',
      '2026-13-01T00:00:00Z',
      '2026-02-30T00:00:00Z',
      '2026-04-31T23:59:59.999+02:00',
      new Date(Number.NaN),
      5,
      null,
      '9999-12-31T00:00:00Z',
      '1969-12-31T00:00:00Z',
    ].map((runAt): [keyof PushOptions, unknown] => ['runAt', runAt]),
    ...['yes', 1].map((isHidden): [keyof PushOptions, unknown] => ['isHidden', isHidden]),
    ...['x', {}, [5], [null], [{}], [{ path: 5 }], [{ path: '/nowhere/at/all' }], [{ path: tmpdir() }]].map(
      (files): [keyof PushOptions, unknown] => ['files', files],
    ),
  ];
  test('a value that cannot be is refused, and the option is named', async () => {
    await using scripted = await openScripted();
    for (const [field, value] of bad) {
      const push = scripted.manager.push('A job', 'scripted', {}, { [field]: value });
      await expect(
        push,
        `${field}: ${JSON.stringify(value, (_, held) => (typeof held === 'bigint' ? `${held}n` : held))}`,
      ).rejects.toMatchObject({ code: 'invalid_input', status: 400, field });
    }
    expect((await scripted.manager.find()).total).toBe(0);
  });

  test('an unknown option and one of a later version are refused with a sentence', async () => {
    await using scripted = await openScripted();
    const push = (options: object) => scripted.manager.push('A job', 'scripted', {}, options);
    await expect(push({ priorty: 1 })).rejects.toThrow('priorty: is no option of a push. Did you mean "priority"?');
    await expect(push({ something: 1 })).rejects.toThrow(
      /^something: is no option of a push\. Known: name, .*priority/,
    );
    for (const option of ['waitsFor']) {
      await expect(push({ [option]: {} }), option).rejects.toBeInstanceOf(NotAvailableError);
      await expect(push({ [option]: undefined }), option).rejects.toThrow(
        /not available in this version\. Leave it out\./,
      );
    }
    for (const options of [null, [], 'x', 5])
      await expect(push(options as object)).rejects.toMatchObject({ field: 'options' });
    expect((await scripted.manager.find()).total).toBe(0);
  });

  test('are kept on the job', async () => {
    await using scripted = await openScripted();
    const runAt = new Date('2999-01-31T08:00:00+02:00');
    const number = await scripted.push('scripted', {
      id: ID.toUpperCase(),
      userId: 'ann',
      isHidden: true,
      key: 'k',
      priority: -5,
      runAt,
    });
    expect(await scripted.job(number)).toMatchObject({
      ...{ id: ID, userId: 'ann', isHidden: true, key: 'k', priority: -5, status: 'new', attempt: 0, progress: 0 },
      ...{ runAt: '2999-01-31T06:00:00.000Z', dueAt: '2999-01-31T06:00:00.000Z' },
    });
    expect(await scripted.loop.tick(), 'before its time').toBe(0);
  });

  test('of two jobs that are due the one of higher priority is carried first', async () => {
    await using scripted = await openScripted({ limit: 1 });
    const order: string[] = [];
    script.slice = (service, job) => {
      order.push(job.name);
      service.setStatus('success');
      return true;
    };
    for (const priority of [-5, 0, 5]) await scripted.push('scripted', { name: String(priority), priority });
    while ((await scripted.loop.tick()) > 0);
    expect(order).toEqual(['5', '0', '-5']);
  });
});

describe('owners', () => {
  test('users push for themselves, admins and the application for anybody', async () => {
    await using scripted = await openScripted();
    const ownerOf = async (options: PushOptions, user?: User) => {
      const { number } = await scripted.manager.push('A job', 'scripted', {}, options, user ? { user } : {});
      return (await scripted.job(number)).userId;
    };
    expect(await ownerOf({})).toBeUndefined();
    expect(await ownerOf({ userId: 'ben' })).toBe('ben');
    expect(await ownerOf({}, ROOT)).toBe('root');
    expect(await ownerOf({ userId: 'ben' }, ROOT)).toBe('ben');
    expect(await ownerOf({}, ANN)).toBe('ann');
    expect(await ownerOf({ userId: 'ann' }, ANN)).toBe('ann');
    await expect(ownerOf({ userId: 'ben' }, ANN)).rejects.toBeInstanceOf(ForbiddenError);
  });

  test.each(['', ' ', 'a\nb', 5])('a user with the id %j is refused', async (id) => {
    await using scripted = await openScripted();
    const push = scripted.manager.push('A job', 'scripted', {}, {}, { user: { id: id as string, isAdmin: false } });
    await expect(push).rejects.toBeInstanceOf(InvalidInputError);
  });
});

describe('ids', () => {
  test('a push whose id exists is that job, also after its end', async () => {
    await using scripted = await openScripted();
    const first = await scripted.manager.push('A job', 'scripted', {}, { id: ID });
    const again = await scripted.manager.push('Another name', 'scripted', { other: 'data' }, { id: ID });
    expect([first.created, again]).toEqual([true, { ...first, created: false }]);
    await scripted.manager.cancel(first.number);
    expect(await scripted.manager.push('A job', 'scripted', {}, { id: ID.toUpperCase() })).toEqual({
      ...first,
      created: false,
    });
    await scripted.manager.remove(first.number);
    expect(await scripted.manager.push('A job', 'scripted', {}, { id: ID })).toMatchObject({ id: ID, created: true });
  });

  test('the same id at the same moment makes one job', async () => {
    await using scripted = await openScripted();
    const pushes = await Promise.all(
      Array.from({ length: 10 }, () => scripted.manager.push('A job', 'scripted', {}, { id: ID })),
    );
    expect(pushes.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(pushes.map(({ number }) => number)).size).toBe(1);
  });

  test('an id of somebody else, or of another type, is taken', async () => {
    await using scripted = await openScripted();
    await scripted.manager.push('A job', 'scripted', {}, { id: ID }, { user: ANN });
    await expect(scripted.manager.push('A job', 'scripted', {}, { id: ID }, { user: BEN })).rejects.toBeInstanceOf(
      IdTakenError,
    );
    await expect(scripted.manager.push('A job', 'other', {}, { id: ID }, { user: ANN })).rejects.toBeInstanceOf(
      IdTakenError,
    );
  });
});

describe('keys', () => {
  test('a busy key is refused with the job that holds it, or joins it', async () => {
    await using scripted = await openScripted();
    const { id, number } = await scripted.manager.push('A job', 'scripted', {}, { key: 'k' });
    await expect(scripted.manager.push('A job', 'scripted', {}, { key: 'k' })).rejects.toMatchObject({
      code: 'key_busy',
      status: 409,
      key: 'k',
      jobId: id,
    });
    expect(await scripted.manager.push('A job', 'scripted', {}, { key: 'k', onKey: 'join' })).toEqual({
      id,
      number,
      created: false,
    });
    expect(await scripted.manager.push('A job', 'other', {}, { key: 'k' }), 'of another type').toMatchObject({
      created: true,
    });
    expect(await scripted.manager.push('A job', 'scripted', {}, { key: 'K' }), 'in other letters').toMatchObject({
      created: true,
    });
  });

  test('a key is free again when its job has ended', async () => {
    await using scripted = await openScripted();
    const { number } = await scripted.manager.push('A job', 'scripted', {}, { key: 'k' });
    await scripted.manager.cancel(number);
    expect(await scripted.manager.push('A job', 'scripted', {}, { key: 'k' })).toMatchObject({ created: true });
  });

  test('who may not see the holder is not told its id, and cannot join it', async () => {
    await using scripted = await openScripted();
    await scripted.manager.push('A job', 'scripted', {}, { key: 'k' }, { user: ANN });
    for (const onKey of ['reject', 'join'] as const) {
      const push = scripted.manager.push('A job', 'scripted', {}, { key: 'k', onKey }, { user: BEN });
      await expect(push).rejects.toSatisfy((error) => error instanceof KeyBusyError && error.jobId === undefined);
    }
    expect(
      await scripted.manager.push('A job', 'scripted', {}, { key: 'k', onKey: 'join' }, { user: ROOT }),
    ).toMatchObject({ created: false });
  });
});

describe('files', () => {
  const bytes = async function* (text: string) {
    yield Buffer.from(text);
  };

  test('an upload belongs to one job, of the one who uploaded it', async () => {
    await using scripted = await openScripted();
    const file = await scripted.manager.upload('places.csv', bytes('abc'), { user: ANN });
    const refused = { code: 'file_refused', status: 422 };
    await expectRefusal(
      scripted,
      scripted.manager.push('A job', 'scripted', {}, { files: [file.id] }, { user: BEN }),
      refused,
    );
    const { number } = await scripted.manager.push('A job', 'scripted', {}, { files: [file.id] }, { user: ANN });
    expect((await scripted.job(number)).inputs).toEqual([{ id: file.id, name: 'places.csv', size: 3 }]);
    await expectRefusal(
      scripted,
      scripted.manager.push('A job', 'scripted', {}, { files: [file.id] }, { user: ANN }),
      refused,
    );
    await expectRefusal(scripted, scripted.manager.push('A job', 'scripted', {}, { files: ["x' OR '1'='1"] }), refused);
  });

  test('files stand in the order in which they were named, uploads and copies alike', async () => {
    await using scripted = await openScripted();
    const folder = await mkdtemp(join(tmpdir(), 'pm-local-'));
    const path = join(folder, 'copy.csv');
    await writeFile(path, 'abc');
    const upload = (name: string) => scripted.manager.upload(name, (async function* () {})());
    const [first, last] = [await upload('first.csv'), await upload('last.csv')];
    const number = await scripted.push('scripted', { files: [{ path, name: 'a.csv' }, last.id, { path }, first.id] });
    const names = ['a.csv', 'last.csv', 'copy.csv', 'first.csv'];
    expect((await scripted.job(number)).inputs.map(({ name }) => name)).toEqual(names);
    await rm(folder, { recursive: true });
  });

  test('files of this machine are copied for the application, and refused to users', async () => {
    await using scripted = await openScripted();
    const folder = await mkdtemp(join(tmpdir(), 'pm-local-'));
    const path = join(folder, 'orte.csv');
    await writeFile(path, 'abc');
    const options = { files: [{ path }, { path, name: 'places.csv' }] };
    const number = await scripted.push('scripted', options);
    expect((await scripted.job(number)).inputs).toMatchObject([
      { name: 'orte.csv', size: 3 },
      { name: 'places.csv', size: 3 },
    ]);
    await expect(scripted.manager.push('A job', 'scripted', {}, options, { user: ANN })).rejects.toBeInstanceOf(
      ForbiddenError,
    );
    await rm(folder, { recursive: true });
  });

  test('copies are removed again when the push is refused, or is another job', async () => {
    await using scripted = await openScripted();
    const folder = await mkdtemp(join(tmpdir(), 'pm-local-'));
    const path = join(folder, 'orte.csv');
    await writeFile(path, 'abc');
    const uploads = () => readdir(join(scripted.filesDir, 'uploads'));
    await scripted.manager.push('A job', 'scripted', {}, { key: 'k', files: [{ path }] });
    expect(await uploads()).toHaveLength(1);
    await expect(
      scripted.manager.push('A job', 'scripted', {}, { key: 'k', files: [{ path }] }),
    ).rejects.toBeInstanceOf(KeyBusyError);
    await expect(
      scripted.manager.push('A job', 'declared', { table: 5 } as never, { files: [{ path }] }),
    ).rejects.toBeInstanceOf(RefusedError);
    await expect(scripted.manager.push('A job', 'scripted', {}, { files: [{ path }, ID] })).rejects.toBeInstanceOf(
      RefusedError,
    );
    await scripted.manager.push('A job', 'scripted', {}, { key: 'k', onKey: 'join', files: [{ path }] });
    expect(await uploads()).toHaveLength(1);
    await rm(folder, { recursive: true });
  });
});

describe('keys of an owner’s own', () => {
  test('two owners may hold the same, one owner holds it once', async () => {
    await using scripted = await openScripted();
    const push = (user: User) => scripted.manager.push('Sync', 'keyed', {}, { key: 'mail' }, { user });
    const { id } = await push(ANN);
    await push(BEN);
    await expect(push(ANN)).rejects.toMatchObject({ code: 'key_busy', jobId: id });
    const list = [ANN, BEN].map(({ id }) => ({ name: 'Sync', type: 'keyed', options: { key: 'files', userId: id } }));
    expect(await scripted.manager.pushMany(list)).toHaveLength(2);
    const twins = [...list, { name: 'Sync', type: 'keyed', options: { key: 'x', userId: 'ann' } }];
    await expect(scripted.manager.pushMany([...twins, ...twins.slice(2)])).rejects.toThrow(/is that of entry 2 too/);
  });

  test('a job that is tried again, or run again, asks for the key it had', async () => {
    await using scripted = await openScripted();
    const first = await scripted.manager.push('Sync', 'keyed', {}, { key: 'mail', userId: 'ann' });
    await scripted.manager.cancel(first.id);
    const second = await scripted.manager.push('Sync', 'keyed', {}, { key: 'mail', userId: 'ann' });
    await expect(scripted.manager.retry(first.id)).rejects.toMatchObject({ code: 'key_busy', jobId: second.id });
    await expect(scripted.manager.runAgain(first.id)).rejects.toMatchObject({ code: 'key_busy' });
    await scripted.manager.push('Sync', 'keyed', {}, { key: 'mail', userId: 'ben' });
  });
});

test('on SQLite a push that reads files does not wait for the transaction that waits for it', async () => {
  await using scripted = await openScripted();
  const transaction = await scripted.knex.transaction();
  const options = { transaction, files: [{ path: '/nowhere' }] };
  await expect(scripted.manager.push('x', 'scripted', {}, options)).rejects.toThrow(
    /^transaction: on SQLite cannot be used for jobs that name files, .*\("scripted"\)/,
  );
  await transaction.rollback();
});

describe('a job with a next', () => {
  const next = { name: 'Then', type: 'scripted', data: { n: 2 } };

  test('is of one owner with it, unless that says whose it is', async () => {
    await using scripted = await openScripted();
    const bobs = { ...next, options: { userId: 'bob', next } };
    const nobodys = { ...next, options: { userId: undefined } };
    await scripted.manager.push('First', 'scripted', {}, { userId: 'ann', next: [next, nobodys, bobs] });
    const { list } = await scripted.manager.find();
    expect(list.map(({ number, userId }) => [number, userId]).sort()).toEqual([
      [1, 'ann'],
      [2, 'ann'],
      [3, 'ann'],
      [4, 'bob'],
      [5, 'bob'],
    ]);
    const wrong = { ...next, options: 'x' as never };
    await expect(scripted.manager.push('First', 'scripted', {}, { next: wrong })).rejects.toThrow('must be an object');
  });

  test('is pushed with it, and it starts once the first has succeeded', async () => {
    await using scripted = await openScripted();
    const pushed = await scripted.manager.push(
      'First',
      'scripted',
      {},
      { next: [next, { ...next, options: { next } }] },
    );
    expect(pushed.next).toEqual([
      { id: expect.any(String), number: pushed.number + 1, created: true },
      { id: expect.any(String), number: pushed.number + 2, created: true },
    ]);
    expect((await scripted.manager.explain(pushed.number + 1)).text).toBe(
      'It waits for job 1, which has not succeeded yet.',
    );
    await scripted.app.start();
    const jobs = await scripted.manager.wait([1, 2, 3, 4], { timeout: 10_000 });
    expect(jobs.map(({ status }) => status)).toEqual(Array(4).fill('success'));
    expect(jobs[1]?.startedAt && jobs[1].startedAt >= (jobs[0]?.finishedAt as string)).toBe(true);
  });

  test('is refused with it, and nothing is left', async () => {
    await using scripted = await openScripted();
    const push = (wrong: object) => scripted.manager.push('First', 'scripted', {}, { next: wrong as never });
    await expectRefusal(scripted, push({ ...next, type: 'nope' }), { code: 'unknown_type' });
    await expectRefusal(scripted, push({ ...next, options: { onKey: 'join', key: 'k' } }), { field: 'onKey' });
    await expectRefusal(scripted, push({ ...next, options: { prio: 1 } }), { field: 'prio' });
    await expectRefusal(scripted, push({ ...next, nmae: 'x' }), { field: 'nmae' });
    await expectRefusal(scripted, push('x' as never), { field: 'jobs' });
    await expectRefusal(scripted, push(Array(101).fill(next)), { field: 'next', message: /may name 100 jobs/ });
    const circle: { name: string; type: string; options: { next?: unknown } } = { ...next, options: {} };
    circle.options.next = circle;
    await expectRefusal(scripted, push(circle), { field: 'next' });
    const forAdmins = { ...next, type: 'for_admins' };
    const asAnn = scripted.manager.push('First', 'scripted', {}, { next: forAdmins }, { user: ANN });
    await expectRefusal(scripted, asAnn, { code: 'forbidden' });
  });

  test('that is there already brings no further next', async () => {
    await using scripted = await openScripted();
    const push = () => scripted.manager.push('First', 'scripted', {}, { id: ID, next });
    const first = await push();
    expect(await push()).toEqual({ id: ID, number: first.number, created: false });
    await scripted.manager.push('Keyed', 'scripted', {}, { key: 'k' });
    const joined = await scripted.manager.push('Keyed', 'scripted', {}, { key: 'k', onKey: 'join', next });
    expect(joined).toMatchObject({ created: false });
    expect((await scripted.manager.find()).total).toBe(3);
  });

  test('may be one of a list, each with its own', async () => {
    await using scripted = await openScripted();
    const list = [1, 2].map((n) => ({ name: `First ${n}`, type: 'scripted', options: { next } }));
    const pushed = await scripted.manager.pushMany(list);
    expect(pushed.flatMap(({ next = [] }) => next)).toHaveLength(2);
    const twins = list.map((each) => ({ ...each, options: { next: { ...next, options: { key: 'one' } } } }));
    await expect(scripted.manager.pushMany(twins)).rejects.toThrow(/Entry 1: key: is that of entry 0 too/);
  });

  test('starts at once when a person says so', async () => {
    await using scripted = await openScripted();
    const { next: [then] = [] } = await scripted.manager.push(
      'First',
      'scripted',
      {},
      { next, runAt: '2999-01-01T00:00:00Z' },
    );
    const number = then?.number as number;
    expect((await scripted.manager.actionsOf(await scripted.job(number))).map(({ type }) => type)).toContain(
      'start_now',
    );
    await scripted.manager.act(number, 'start_now');
    expect((await scripted.carried(number)).offset).toBe(1);
    const one = await scripted.push();
    await expect(scripted.manager.act(one, 'start_now')).rejects.toMatchObject({ code: 'action_not_offered' });
  });
});
