import { z } from 'zod';
import type { PushOptions } from '../progress-manager.js';
import { checked } from './checked.js';
import { readJson } from './json-body.js';

export interface Push {
  readonly name: string;
  readonly type: string;
  readonly data: unknown;
  readonly options: PushOptions;
}

const text = z.string('must be a text');

/**
 * Kinds only. Lengths, ranges, unknown options and the rules of the type are the façade's. Files are uploads: paths
 * of this machine are for code and the command line.
 */
const push = z.looseObject({
  name: text,
  type: text,
  data: z.unknown().optional(),
  id: text.optional(),
  userId: text.optional(),
  key: text.optional(),
  group: text.optional(),
  onKey: z.enum(['reject', 'join'], { error: 'must be reject or join' }).optional(),
  priority: z.number('must be a number').optional(),
  runAt: text.optional(),
  isHidden: z.boolean('must be true or false').optional(),
  /** Each is read as this one. */
  next: z
    .union([z.looseObject({}), z.array(z.looseObject({}))], { error: 'must be a push, or a list of pushes' })
    .optional(),
  transaction: z.undefined('is an option for code only').optional(),
  secret: z.record(z.string(), text, { error: 'must be an object of texts' }).optional(),
  files: z.array(z.string('must be the id of an upload'), { error: 'must be a list of ids of uploads' }).optional(),
});

/** The push that a body describes. */
export async function readPush(request: Request): Promise<Push> {
  return pushOf(await readJson(request));
}

/** `at`: where it stands in another push. */
function pushOf(given: unknown, at?: string): Push {
  const { name, type, data, next, ...options } = checked(push, given, at ?? 'body', at !== undefined);
  if (next === undefined) return { name, type, data, options };
  const list = [next]
    .flat()
    .map((each, index) => pushOf(each, [at, 'next', index].filter((part) => part !== undefined).join('.')));
  return { name, type, data, options: { ...options, next: list } };
}
