/** What an owner is told of the end of a job: one for each success and each error, none for a cancel or a hidden job. */
export interface Notification {
  readonly id: number;
  readonly jobId: string;
  readonly jobNumber: number;
  readonly name: string;
  readonly type: string;
  readonly status: 'success' | 'error';
  /** A sentence for the owner. */
  readonly text: string;
  /** When the job ended, ISO 8601. */
  readonly createdAt: string;
  readonly isRead: boolean;
}

export interface NotificationFilter {
  /** Only those that were not read; by default all. */
  readonly unread?: boolean;
  /** 1…200, 15 by default. */
  readonly limit?: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
}

/** A page, the newest first. */
export interface NotificationPage {
  readonly list: readonly Notification[];
  /** Counted up to 1,000. */
  readonly unread: number;
  readonly nextCursor: string | undefined;
}

/** The words of the system this one mimics (T12). */
export function notificationText({ name, status }: Pick<Notification, 'name' | 'status'>): string {
  return status === 'success' ? `${name} was successfully completed` : `${name} failed`;
}
