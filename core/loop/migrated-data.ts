import type { JobTypeConfig } from '../contracts/config.js';
import { runBlamed } from '../store/scope.js';
import { MOST_JSON_BYTES } from './outcome.js';
import type { RunningJob } from './running-job.js';
import { untilCut } from './until-cut.js';

/** A step of a type's `migrate` failed; its own error is the cause. */
export class MigrateFailed extends Error {}

/** Is the job's data older than what its type works on now? */
export const isOld = ({ claimed }: RunningJob, { version = 1 }: JobTypeConfig) => claimed.job.version < version;

/**
 * The job's data as JSON text, brought from its version to that of its type, one version after the other. Throws
 * MigrateFailed for what a step throws or gives back, and the reason of the cut.
 */
export async function migratedData(running: RunningJob, { version = 1, migrate }: JobTypeConfig): Promise<string> {
  const { dataText, job } = running.claimed;
  let data: unknown = JSON.parse(dataText);
  for (let from = job.version; from < version; from++) {
    const step = async () => migrate?.(data, from);
    try {
      data = await untilCut((blame) => runBlamed(blame, step), running);
    } catch (cause) {
      if (running.stopped) throw cause;
      throw new MigrateFailed(`migrate threw at the step from version ${from} to ${from + 1}`, { cause });
    }
  }
  return toText(data, version);
}

function toText(data: unknown, version: number): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(data);
  } catch (cause) {
    throw new MigrateFailed(`what migrate gave back for version ${version} cannot be written as JSON`, { cause });
  }
  if (text === undefined) throw new MigrateFailed(`migrate gave back no data for version ${version}`);
  const size = Buffer.byteLength(text);
  if (size <= MOST_JSON_BYTES) return text;
  throw new MigrateFailed(
    `what migrate gave back for version ${version} has ${size} bytes of JSON; ${MOST_JSON_BYTES} are allowed`,
  );
}
