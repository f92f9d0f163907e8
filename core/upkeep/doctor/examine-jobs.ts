import type { Abilities } from '../../contracts/abilities.js';
import type { Database } from '../../store/database.js';
import { JobProbes } from '../../store/job-probes.js';
import { Workers } from '../../store/workers.js';
import type { Finding } from './finding.js';
import {
  judgeLeft,
  judgeOverdue,
  judgeSecretKeys,
  judgeTroubled,
  judgeUnknownTypes,
  judgeVersions,
  judgeWorkers,
} from './judge-jobs.js';
import { look } from './look.js';

const OVERDUE_S = 60;
const MANY_CRASHES = 2;
/** A hundred end the job by themselves. */
const MANY_IDLE_SLICES = 20;

/**
 * What is not moving. `known`: the types that modules declare; `undefined` when the modules could not be read.
 * `abilities`: what workers with the settings of here have; `undefined` when that is not known.
 */
export async function examineJobs(
  database: Database,
  known: readonly string[] | undefined,
  abilities?: Abilities,
): Promise<readonly Finding[]> {
  const probes = new JobProbes(database);
  const found = await Promise.all([
    look('job types', async () => {
      if (known === undefined) return [];
      const foreign = (await probes.types()).filter((type) => !known.includes(type));
      return judgeUnknownTypes(await probes.unfinished(foreign));
    }),
    look('versions', async () => (abilities ? judgeVersions(await probes.ofLaterVersion(abilities.versions)) : [])),
    look('secret keys', async () =>
      abilities ? judgeSecretKeys(await probes.ofOtherKeys([...abilities.versions.keys()], abilities.keyIds)) : [],
    ),
    look('due jobs', async () => {
      const types = known ?? (await probes.types());
      const overdue = await probes.overdue(types, OVERDUE_S * 1000);
      return judgeOverdue(overdue, overdue.length > 0 && (await probes.areHeld(types)), OVERDUE_S);
    }),
    look('left jobs', async () =>
      judgeLeft(await probes.left(known ?? (await probes.types()), OVERDUE_S * 1000), OVERDUE_S),
    ),
    look('workers', async () => judgeWorkers(await new Workers(database).list())),
    look('stuck jobs', async () => judgeTroubled(await probes.troubled(MANY_CRASHES, MANY_IDLE_SLICES))),
  ]);
  return found.flat();
}
