import type { Database } from './database.js';
import { fromStored } from './row.js';
import { retryTransient } from './transient.js';

/** A pause of a type, or of all (`*`): no worker begins its jobs, and those that run rest after their slices. */
export interface Pause {
  readonly scope: string;
  readonly since: string;
  /** Who asked for it; `undefined`: the application. */
  readonly by: string | undefined;
}

/** Pauses that stand in the table until somebody ends them. */
export class Pauses {
  constructor(private readonly database: Database) {}

  /** Nothing changes for a scope that is paused already. */
  async add(scope: string, by: string | undefined): Promise<void> {
    const row = { scope, paused_at: this.database.knex.raw(this.database.dialect.now()), paused_by: by ?? null };
    await retryTransient(() => this.database.from('progress_pause').insert(row).onConflict('scope').ignore());
  }

  async end(scope: string): Promise<void> {
    await this.database.changeAgain('DELETE FROM progress_pause WHERE scope = ?', [scope]);
  }

  async list(): Promise<readonly Pause[]> {
    const rows = await this.database.rows<{ scope: string; paused_at: string; paused_by: string | null }>(
      'SELECT scope, paused_at, paused_by FROM progress_pause ORDER BY scope',
      [],
    );
    return rows.map(({ scope, paused_at, paused_by }) => ({
      scope,
      since: fromStored(paused_at),
      by: paused_by ?? undefined,
    }));
  }
}
