import { z } from 'zod';
import { InvalidInputError } from '../contracts/errors.js';
import type { JobFilter } from '../contracts/job-store.js';
import { STATUSES } from '../contracts/status.js';
import type { User } from '../contracts/user.js';
import { queryOf, wholeNumber } from './query.js';

const status = z.enum(STATUSES, { error: `must be of ${STATUSES.join(', ')}` });
const type = z.string('must be a text');
const text = z.string('must be a text').max(255, 'is longer than 255 characters');

const commaSeparated = <T>(item: z.ZodType<T, string>) =>
  z
    .string()
    .transform((list) => list.split(','))
    .pipe(z.array(item).max(100, 'names more than 100'));

const flag = z.enum(['true', 'false'], { error: 'must be true or false' }).transform((word) => word === 'true');

/** The filter of a listing as an address says it: `?status=new,in_progress&limit=50`. */
const queryFilter = z.strictObject({
  status: commaSeparated(status).optional(),
  type: commaSeparated(type).optional(),
  userId: text.optional(),
  q: text.optional(),
  parent: text.optional(),
  isClosed: flag.optional(),
  isHidden: flag.optional(),
  limit: wholeNumber.optional(),
  cursor: text.optional(),
  /** Only the caller's own, also where an admin asks. */
  mine: flag.optional(),
});

/** The same filter as a body says it: `{"status": ["new", "in_progress"], "limit": 50}`. */
export const bodyFilter = z.strictObject({
  status: z.array(status).optional(),
  type: z.array(type).max(100, 'names more than 100').optional(),
  userId: text.optional(),
  q: text.optional(),
  parent: z.union([z.number(), text], 'must be an id or a number').optional(),
  isClosed: z.boolean('must be true or false').optional(),
  isHidden: z.boolean('must be true or false').optional(),
  limit: z.number('must be a number').optional(),
  cursor: text.optional(),
});

/** Throws InvalidInputError that names the parameter. */
export function filterOf(request: Request, { id }: User): JobFilter {
  const { mine, ...filter } = queryOf(request, queryFilter);
  if (mine && filter.userId !== undefined) throw new InvalidInputError('mine', 'and userId cannot be said together.');
  return mine ? { ...filter, userId: id } : filter;
}
