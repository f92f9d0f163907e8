import type { Database } from './database.js';

/**
 * Ends the leases that workers of this host held which are no longer alive, so that a restart need not wait for them
 * to run out. The owner stays, so that the next claim counts as taking over from a dead worker. Returns how many.
 */
export async function endLeasesOfDead(
  database: Database,
  host: string,
  isAlive: (pid: number, boot: string) => boolean,
): Promise<number> {
  const rows = await database.rows<{ number: number; lease_version: number; lease_owner: Buffer | string }>(
    'SELECT number, lease_version, lease_owner FROM progress_manager WHERE lease_owner IS NOT NULL',
    [],
  );
  const dead = rows.filter(({ lease_owner }) => {
    const [, name, pid, boot = ''] = /^(.*):(\d+)\/([^/]*)\//.exec(lease_owner.toString()) ?? [];
    return name === host && !isAlive(Number(pid), boot);
  });
  const sql = `UPDATE progress_manager SET due_at = ${database.dialect.now()}
    WHERE number = ? AND lease_version = ? AND status = 'in_progress' AND lease_owner = ?`;
  let ended = 0;
  for (const row of dead) {
    ended += await database.changeAgain(sql, [row.number, row.lease_version, row.lease_owner]);
  }
  return ended;
}
