import { Secret, type Secrets } from '../contracts/secret.js';
import type { LogMasks } from '../secrets/log-masks.js';
import { Mask } from '../secrets/mask.js';
import type { SecretKeys } from '../secrets/secret-keys.js';
import type { RunningJob } from './running-job.js';

/** What a job's slices get to see of its secrets, and what takes them out of all that they say. */
export interface OpenedSecrets {
  readonly secrets: Secrets;
  readonly mask: Mask;
  /** The job has left this worker. */
  readonly forget: () => void;
}

/** Of a job without secrets. */
export const NO_SECRETS: Secrets = Object.freeze(Object.create(null));

/** Opens the secrets of jobs, once for all slices that run here in a row. */
export class SecretsOfJobs {
  constructor(
    private readonly keys: SecretKeys,
    private readonly logMasks: LogMasks,
  ) {}

  /** Throws SecretUnreadableError. */
  openFor(running: RunningJob): void {
    const { secrets: sealed, job } = running.claimed;
    if (sealed === undefined || running.opened !== undefined) return;
    const values = this.keys.open(job.id, sealed);
    const secrets = Object.create(null) as Record<string, Secret>;
    for (const [name, value] of Object.entries(values)) secrets[name] = new Secret(value);
    const mask = new Mask(Object.values(values));
    running.opened = { secrets: Object.freeze(secrets), mask, forget: this.logMasks.add(mask) };
  }
}
