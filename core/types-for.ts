import { z } from 'zod';
import type { RegisteredType, Registry } from './contracts/config.js';
import type { User } from './contracts/user.js';

/** A type as a front end offers it. */
export interface TypeView {
  readonly type: string;
  readonly label: string;
  readonly module: string;
  /** JSON Schema (draft 2020-12) of `data`; `null` when the type has none that can be written so. */
  readonly schema: unknown;
}

/** The types whose jobs this user may start, by label. */
export function typesFor(registry: Registry, user: User): TypeView[] {
  return [...registry.types.values()]
    .filter(({ config }) => user.isAdmin || config.access?.start !== 'admins')
    .map((type) => ({ type: type.key, label: type.label, module: type.module, schema: jsonSchema(type) }))
    .sort((a, b) => a.label.localeCompare(b.label));
}

/** Standard Schema has no way to a JSON Schema; zod has, unless the schema transforms or refines beyond it. */
function jsonSchema({ config: { schema } }: RegisteredType): unknown {
  if (schema?.['~standard'].vendor !== 'zod') return null;
  return z.toJSONSchema(schema as unknown as z.ZodType, { io: 'input', unrepresentable: 'any' });
}
