import type { BootOptions } from 'progress-manager';
import { describe, expect, test } from 'vitest';
import { Workers } from '../../core/store/workers.js';
import { examineJobs } from '../../core/upkeep/doctor/examine-jobs.js';
import type { Scripted } from '../fixtures/scripted/open-scripted.js';
import { shareScripted } from '../fixtures/scripted/share-scripted.js';

const LONG_AGO = '2020-01-01 00:00:00.000';
const FAR_AHEAD = '2099-01-01 00:00:00.000';
const LEFT = { status: 'in_progress', lease_owner: 'host:1/boot/claim', due_at: LONG_AGO, modified_at: LONG_AGO };

/** What doctor says of jobs that do not move, on each database. */
export function doctorSuite(database: () => Partial<BootOptions>): void {
  const open = shareScripted(database);

  describe('doctor', () => {
    test('has nothing to say of jobs that are finished, paused, for later, just pushed, or removed by others', async () => {
      await using scripted = await open();
      await pushed(scripted, { status: 'success', due_at: null, crash_count: 9 });
      await pushed(scripted, { status: 'paused', due_at: null, type: 'gone' });
      await pushed(scripted, { due_at: FAR_AHEAD, modified_at: LONG_AGO });
      await pushed(scripted, { ...LEFT, due_at: FAR_AHEAD });
      await pushed(scripted, {});
      await pushed(scripted, { due_at: LONG_AGO, modified_at: LONG_AGO, deleted: 1, type: 'gone' });
      await pushed(scripted, { due_at: LONG_AGO, modified_at: LONG_AGO, deleted: 1 });
      await pushed(scripted, { ...LEFT, deleted: 1 });
      await pushed(scripted, { status: 'in_progress', due_at: FAR_AHEAD, deleted: 1, crash_count: 9 });
      expect((await examined(scripted)).filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
    });

    test('names the types of jobs that no module has, and counts them', async () => {
      await using scripted = await open();
      await pushed(scripted, { type: 'gone' });
      await pushed(scripted, { type: 'gone' });
      await pushed(scripted, {});
      expect(await found(scripted, 'job types')).toMatch(/: gone \(2\)\.$/);
    });

    test('names the types of jobs that wait for a newer version, or for a key of their secrets', async () => {
      await using scripted = await open();
      const abilities = {
        versions: new Map([
          ['scripted', 2],
          ['other', 1],
        ]),
        keyIds: ['k1'],
      };
      await pushed(scripted, { version: 2, secret_key: 'k1', secrets: '{}' });
      await pushed(scripted, { version: 9, deleted: 1 });
      await pushed(scripted, { secret_key: 'k9', secrets: '{}', deleted: 1 });
      const before = await examineJobs(scripted.app.container.get('database'), undefined, abilities);
      expect(before.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
      await pushed(scripted, { version: 3 });
      await pushed(scripted, { type: 'other', version: 2, secret_key: 'k2', secrets: '{}' });
      const after = await examineJobs(scripted.app.container.get('database'), undefined, abilities);
      const said = (name: string) => after.find((each) => each.name === name)?.found;
      expect(said('versions')).toMatch(/: scripted \(1\), other \(1\)\.$/);
      expect(said('secret keys')).toMatch(/: other \(1\)\.$/);
    });

    test('says that jobs have waited for long, and whether a worker runs', async () => {
      await using scripted = await open();
      await pushed(scripted, { due_at: LONG_AGO, modified_at: LONG_AGO });
      expect(await found(scripted, 'due jobs')).toMatch(/scripted \(1\); no worker/);
      await pushed(scripted, { due_at: FAR_AHEAD });
      await pushed(scripted, LEFT);
      expect(await found(scripted, 'due jobs')).toMatch(/no worker/);
      await pushed(scripted, { ...LEFT, due_at: FAR_AHEAD });
      expect(await found(scripted, 'due jobs')).toMatch(/workers run, and are busy/);
    });

    test('tells jobs that dead workers left from those that only wait', async () => {
      await using scripted = await open();
      await pushed(scripted, { due_at: LONG_AGO, modified_at: LONG_AGO });
      expect(await found(scripted, 'left jobs')).toBeUndefined();
      await pushed(scripted, LEFT);
      expect(await found(scripted, 'left jobs')).toMatch(/scripted \(1\)/);
      expect(await found(scripted, 'due jobs')).toMatch(/scripted \(1\)/);
    });

    test('names running jobs under which workers die, or whose slices move nothing', async () => {
      await using scripted = await open();
      const held = { ...LEFT, due_at: FAR_AHEAD };
      await pushed(scripted, { ...held, crash_count: 1, idle_slices: 19 });
      expect(await found(scripted, 'stuck jobs')).toBeUndefined();
      const crashing = await pushed(scripted, { ...held, crash_count: 2 });
      const idle = await pushed(scripted, { ...held, idle_slices: 20 });
      const said = await found(scripted, 'stuck jobs');
      expect(said).toContain(`job ${crashing} of scripted (2 workers died under it)`);
      expect(said).toContain(`job ${idle} of scripted (20 slices moved nothing)`);
    });

    test('names workers in which slices go on although they were told to stop', async () => {
      await using scripted = await open();
      const workers = new Workers(scripted.app.container.get('database'));
      await workers.sign('host:12/boot', ['scripted'], 5, 0);
      expect(await found(scripted, 'workers')).toBeUndefined();
      await workers.sign('host:12/boot', ['scripted'], 5, 3);
      expect(await found(scripted, 'workers')).toContain('3 in host:12');
    });

    test('knows no types without the modules, and still says what waits', async () => {
      await using scripted = await open();
      await pushed(scripted, { due_at: LONG_AGO, modified_at: LONG_AGO, type: 'gone' });
      const findings = await examineJobs(scripted.app.container.get('database'), undefined);
      expect(findings.map(({ name }) => name)).toEqual(['due jobs', 'left jobs', 'workers', 'stuck jobs']);
      expect(findings[0]).toMatchObject({ outcome: 'warning', found: expect.stringContaining('gone (1)') });
    });
  });
}

async function pushed(scripted: Scripted, values: object): Promise<number> {
  const number = await scripted.push();
  if (Object.keys(values).length > 0) await scripted.change(number, values);
  return number;
}

function examined({ app }: Scripted) {
  return examineJobs(app.container.get('database'), [...app.container.get('registry').types.keys()]);
}

/** What is wrong under this name. */
async function found(scripted: Scripted, wanted: string): Promise<string | undefined> {
  return (await examined(scripted)).find(({ name, outcome }) => name === wanted && outcome !== 'ok')?.found;
}
