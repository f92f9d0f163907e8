import { z } from 'zod';
import type { RegisteredType, Registry } from './contracts/config.js';
import type { ProgressJobInterface } from './contracts/progress-job.js';
import type { User } from './contracts/user.js';

type JsonSchema = Readonly<Record<string, unknown>> & { readonly properties?: Readonly<Record<string, object>> };

/** A type as a front end offers it. */
export interface TypeView {
  readonly type: string;
  readonly label: string;
  readonly module: string;
  /** JSON Schema (draft 2020-12) of `data`; `null` when the type has none that can be written so. */
  readonly schema: unknown;
}

/** May this user start jobs of this type? */
export function mayStart({ config }: RegisteredType, user: User): boolean {
  return user.isAdmin || config.access?.start !== 'admins';
}

/** The types whose jobs this user may start, by label. */
export function typesFor(registry: Registry, user: User, create: (type: string) => ProgressJobInterface): TypeView[] {
  return [...registry.types.values()]
    .filter((type) => mayStart(type, user))
    .map((type) => ({ type, choices: create(type.key).formChoices?.(user) ?? {} }))
    .filter(({ choices }) => Object.values(choices).every((values) => values.length > 0))
    .map(({ type, choices }) => ({
      ...{ type: type.key, label: type.label, module: type.module },
      schema: withChoices(jsonSchema(type), choices),
    }))
    .sort((a, b) => a.label.localeCompare(b.label));
}

/** Standard Schema has no way to a JSON Schema; zod has, unless the schema transforms or refines beyond it. */
function jsonSchema({ config: { schema } }: RegisteredType): JsonSchema | null {
  if (schema?.['~standard'].vendor !== 'zod') return null;
  return z.toJSONSchema(schema as unknown as z.ZodType, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
}

function withChoices(
  schema: JsonSchema | null,
  choices: Readonly<Record<string, readonly string[]>>,
): JsonSchema | null {
  if (!schema?.properties) return schema;
  const properties = { ...schema.properties };
  for (const [field, values] of Object.entries(choices)) {
    if (field in properties) properties[field] = { ...properties[field], enum: values };
  }
  return { ...schema, properties };
}
