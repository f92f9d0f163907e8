import type { Knex } from 'knex';
import { expect, test } from 'vitest';
import { patient } from '../../migrations/patient.js';

const SERVER = { client: { dialect: 'mysql' }, raw: async () => undefined } as unknown as Knex;

/** A migration whose first runs, so many, fail with this error of the server. */
function failing(errno: number, times: number) {
  let runs = 0;
  const up = async () => {
    if (++runs <= times) throw Object.assign(new Error('from the server'), { errno });
  };
  return { migration: patient('0001-x', { up, down: up }), runs: () => runs };
}

test.each([1050, 1060, 1061, 1091])(
  'what the server did meanwhile for a migrator that was killed (%i) is looked at again',
  async (errno) => {
    const { migration, runs } = failing(errno, 1);
    await migration.up(SERVER);
    expect(runs()).toBe(2);
  },
);

test('what is so for good is told after two more looks', async () => {
  const { migration, runs } = failing(1060, 10);
  await expect(migration.up(SERVER)).rejects.toThrow('from the server');
  expect(runs()).toBe(3);
});

test('any other error ends a migration at once', async () => {
  const { migration, runs } = failing(1146, 1);
  await expect(migration.up(SERVER)).rejects.toThrow('from the server');
  expect(runs()).toBe(1);
});
