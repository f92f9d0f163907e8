import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../../contracts/describe-error.js';
import { StoreUnavailableError } from '../../contracts/errors.js';
import type { Logger } from '../../contracts/logger.js';
import type { Database } from '../../store/database.js';
import { ServerProbes } from '../../store/server-probes.js';
import type { Finding } from './finding.js';
import { judgeEngine, judgeTrial } from './judge-engine.js';

/** A database that does not answer is no reason not to start: the loop waits for it, as it does later. */
const PATIENCE_MS = 2000;

/** Before a worker works: does the server do what our statements rest on? Seven short statements, none on SQLite. */
export class StartCheck {
  constructor(
    private readonly database: Database,
    private readonly logger: Logger,
  ) {}

  /** Why this worker must not begin; warnings are logged. Never throws. */
  async refusal(): Promise<StoreUnavailableError | undefined> {
    const findings = await this.#findings();
    for (const { name, outcome, found, remedy } of findings) {
      if (outcome === 'warning') this.logger.warn({ check: name, remedy }, found);
    }
    const failures = findings.filter(({ outcome }) => outcome === 'failure');
    if (failures.length === 0) return undefined;
    const sentences = failures.map(({ found, remedy }) => `${found} ${remedy}`).join(' ');
    return new StoreUnavailableError(
      `Jobs cannot be worked on safely. ${sentences} "progress-manager doctor" tells more.`,
    );
  }

  async #findings(): Promise<readonly Finding[]> {
    // SQLite comes with the package: there is no server, and no session that others could have set.
    if (this.database.dialect.name === 'sqlite') return [];
    const timer = new AbortController();
    const late = sleep(PATIENCE_MS, undefined, { signal: timer.signal }).then(() => {
      throw new Error(`There was no answer within ${PATIENCE_MS} ms.`);
    });
    try {
      return await Promise.race([this.#ask(), late]);
    } catch (error) {
      this.logger.warn({ error: describeError(error) }, 'the server could not be checked before the start');
      return [];
    } finally {
      timer.abort();
    }
  }

  async #ask(): Promise<readonly Finding[]> {
    const probes = new ServerProbes(this.database.within(PATIENCE_MS));
    const said = judgeEngine(await probes.variables());
    // A trial fails where writes do: with a statement-based log, for one.
    if (said.some(({ outcome }) => outcome === 'failure')) return said;
    return [...said, ...judgeTrial(await probes.tryWrites())];
  }
}
