/**
 * What modules may give to other modules, by the name of the extension point. The module that has the point adds it by
 * declaration merging: `declare module 'progress-manager' { interface Extensions { taskMethod: TaskClass } }`
 */
// biome-ignore lint/suspicious/noEmptyInterface: empty here, filled by modules
export interface Extensions {}

/** What else modules declare, for a check that needs it. */
export interface DeclaredBeside {
  /** Also for a key that a file may declare which is broken: it has its own fault. */
  hasType(key: string): boolean;
}

/** Holds one entry against what the point takes: gives the fault in words ("must be a class"), or nothing. */
export type ExtensionCheck = (name: string, value: unknown, beside: DeclaredBeside) => string | undefined;

/** What this module gives to others, by extension point, each by a name that nobody else uses there. */
export type ExtensionConfig = { readonly [P in keyof Extensions]?: Readonly<Record<string, Extensions[P]>> };

/** What this module takes from others. */
export type ExtensionPointConfig = { readonly [P in keyof Extensions]?: ExtensionCheck };

/** What was given to an extension point under one name, with the module that gave it. */
export interface RegisteredExtension {
  readonly module: string;
  readonly origin: string;
  readonly value: unknown;
}

/** By extension point, then by name. */
export type RegisteredExtensions = ReadonlyMap<string, ReadonlyMap<string, RegisteredExtension>>;

/** What was given to this point, by name, in the order of the modules. */
export function extensionsOf<P extends keyof Extensions>(
  { extensions }: { readonly extensions: RegisteredExtensions },
  point: P,
): ReadonlyMap<string, Extensions[P]> {
  return new Map([...(extensions.get(point) ?? [])].map(([name, { value }]) => [name, value as Extensions[P]]));
}
