import { InvalidInputError } from '../contracts/errors.js';
import {
  type Notification,
  type NotificationFilter,
  type NotificationPage,
  notificationText,
} from '../contracts/notification.js';
import type { Database } from './database.js';
import { pageLimit } from './job-listing.js';
import { fromStored } from './row.js';

/** Counts stop here: nobody reads further. */
const COUNTED_UP_TO = 1000;

interface NotificationRow {
  readonly id: number | string;
  readonly job_id: string;
  readonly job_number: number | string;
  readonly job_name: string;
  readonly job_type: string;
  readonly status: Notification['status'];
  readonly created_at: string;
  readonly read_at: string | null;
}

/** What owners were told of the ends of their jobs. */
export class Notifications {
  constructor(private readonly database: Database) {}

  /** The newest first. Throws InvalidInputError for a limit or a cursor that cannot be. */
  async find(userId: string, { unread = false, limit, cursor }: NotificationFilter): Promise<NotificationPage> {
    const most = pageLimit(limit);
    const rows = await this.database.rows<NotificationRow>(
      `SELECT id, job_id, job_number, job_name, job_type, status, created_at, read_at FROM progress_notification
        WHERE user_id = ? ${unread ? 'AND read_at IS NULL' : ''} ${cursor === undefined ? '' : 'AND id < ?'}
        ORDER BY id DESC LIMIT ?`,
      [userId, ...(cursor === undefined ? [] : [fromCursor(cursor)]), most + 1],
    );
    const list = rows.slice(0, most).map(toNotification);
    const last = rows.length > most ? list.at(-1) : undefined;
    return { list, unread: await this.#unread(userId), nextCursor: last && String(last.id) };
  }

  /** Those of these that are the user's, or all of them. Returns how many were not read before. */
  async markRead(userId: string, ids: readonly number[] | 'all'): Promise<number> {
    if (ids !== 'all' && ids.length === 0) return 0;
    const these = ids === 'all' ? '' : `AND id IN (${ids.map(() => '?').join(', ')})`;
    return this.database.changeAgain(
      `UPDATE progress_notification SET read_at = ${this.database.dialect.now()}
        WHERE user_id = ? AND read_at IS NULL ${these}`,
      [userId, ...(ids === 'all' ? [] : ids)],
    );
  }

  async #unread(userId: string): Promise<number> {
    const [row] = await this.database.rows<{ count: number | string }>(
      `SELECT COUNT(*) AS count FROM
        (SELECT id FROM progress_notification WHERE user_id = ? AND read_at IS NULL LIMIT ?) AS some_rows`,
      [userId, COUNTED_UP_TO],
    );
    return Number(row?.count ?? 0);
  }
}

function toNotification({ job_name: name, status, ...row }: NotificationRow): Notification {
  return {
    id: Number(row.id),
    jobId: row.job_id,
    jobNumber: Number(row.job_number),
    ...{ name, type: row.job_type, status },
    text: notificationText({ name, status }),
    createdAt: fromStored(row.created_at),
    isRead: row.read_at !== null,
  };
}

function fromCursor(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidInputError('cursor', 'must be the nextCursor of an earlier page.');
  return Number(text);
}
