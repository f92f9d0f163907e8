import { InvalidInputError } from './contracts/errors.js';
import type { NotificationFilter } from './contracts/notification.js';
import { checkKeys } from './registry/check-keys.js';

const FIELDS = ['unread', 'limit', 'cursor'];
const MOST_IDS = 200;

/** Throws InvalidInputError; the limit and the cursor are checked where they are used. */
export function checkNotificationFilter(filter: NotificationFilter): NotificationFilter {
  if (typeof filter !== 'object' || filter === null) throw new InvalidInputError('filter', 'must be an object.');
  checkKeys(filter, FIELDS);
  if (filter.unread !== undefined && typeof filter.unread !== 'boolean')
    throw new InvalidInputError('unread', 'must be true or false.');
  if (filter.cursor !== undefined && typeof filter.cursor !== 'string')
    throw new InvalidInputError('cursor', 'must be the nextCursor of an earlier page.');
  return filter;
}

/** Throws InvalidInputError. */
export function checkNotificationIds(ids: readonly number[] | 'all'): readonly number[] | 'all' {
  const fits =
    ids === 'all' ||
    (Array.isArray(ids) && ids.length <= MOST_IDS && ids.every((id) => Number.isSafeInteger(id) && id > 0));
  if (!fits)
    throw new InvalidInputError('ids', `must be a list of at most ${MOST_IDS} ids of notifications, or "all".`);
  return ids;
}
