import { z } from 'zod';

const value = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const condition = z.strictObject({
  column: z.string().max(64),
  op: z.enum(['=', '!=', '<', '<=', '>', '>=', 'in', 'is null', 'is not null']),
  value: z.union([value, z.array(value).max(1000)]).optional(),
});

const selection = {
  table: z.string().min(1).max(64).meta({ title: 'Table' }),
  where: z
    .array(condition)
    .max(50)
    .optional()
    .meta({ title: 'Rows that meet all of these', description: 'An empty list means all rows.' }),
  ids: z.array(z.int().positive()).optional().meta({ title: 'Rows with these ids' }),
};

/** One comparison of a column with a value; a row must meet all that are given. */
export type Condition = Readonly<z.infer<typeof condition>>;

/** What a column may be set to. */
export type ColumnValue = z.infer<typeof value>;

/** Which rows, and what they are set to. Either `where` or `ids`; without `values`: removed. */
export interface MassActionRequest {
  readonly table: string;
  readonly where?: readonly Condition[];
  readonly ids?: readonly number[];
  readonly values?: Readonly<Record<string, ColumnValue>>;
}

/** The request, with what was frozen at push and where the last slice stopped. */
export interface MassActionData extends MassActionRequest {
  /** How many rows there were. */
  readonly total?: number;
  /** The highest id that met the conditions. */
  readonly maxId?: number;
  /** The last id of the rows dealt with. */
  readonly lastId?: number;
  /** The input file that holds the ids, when they are many. */
  readonly idFile?: string;
}

export const massRemoveSchema = z.strictObject(selection);

export const massUpdateSchema = z.strictObject({
  ...selection,
  values: z.record(z.string(), value).meta({ title: 'Values' }),
});
