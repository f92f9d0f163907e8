import type { PushContext, PushEntry } from 'progress-manager';
import { checkKeys, plainName, RefusedError, spreadsheetKind } from 'progress-manager';

/** The data of a job of the type `task`: `caches` names its hidden parameters, `code` is how its last run ended. */
export interface TaskData {
  readonly method: string;
  readonly parametres: Readonly<Record<string, unknown>>;
  readonly caches: readonly string[];
  readonly fichier?: string | undefined;
  readonly code?: 0 | 1 | 2;
}

/** What is to be called: a method that a module declares. Only it gets to see the texts of `secretParameters`. */
export interface TaskRequest {
  readonly method: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly secretParameters?: Readonly<Record<string, string>>;
  /** An .xlsx or .ods file: an upload by its id; in code also one of this machine. */
  readonly file?: string | { readonly path: string; readonly name?: string };
  readonly signature?: string;
  readonly userEmail?: string;
  /** What runs once it has succeeded. */
  readonly next?: TaskRequest | readonly TaskRequest[];
}

/** The push that a request is. Throws InvalidInputError for a field that is none. */
export function entryOf(request: TaskRequest): PushEntry<'task'> {
  checkKeys(request, FIELDS, 'is nothing a task has');
  if (!request.method) throw new RefusedError('invalid_data', 'A task must name its method.');
  const { method, parameters, secretParameters, file, signature: group, userEmail: userId, next } = request;
  // A name leads into no other folder.
  const named = typeof file === 'object' ? { ...file, name: (file.name ?? file.path).replace(/^.*[/\\]/s, '') } : file;
  const options = { group, userId, secret: secretParameters, files: named === undefined ? [] : [named] };
  const data = { method, parametres: parameters ?? {}, caches: Object.keys(secretParameters ?? {}) };
  return { name: method, type: 'task', data, options: { ...options, next: [next ?? []].flat().map(entryOf) } };
}

const FIELDS = ['method', 'parameters', 'secretParameters', 'file', 'signature', 'userEmail', 'next'];

/** The name a task keeps its file by: `mon-fichier-ete.xlsx` for `mon fichier été.xlsx`; `undefined` without a file. */
export async function fileNameOf({ inputs: [file, second], read }: PushContext): Promise<string | undefined> {
  if (file === undefined) return undefined;
  if (second !== undefined) throw new RefusedError('file_refused', 'A task has one file.');
  const kind = await spreadsheetKind(file, read);
  if (kind !== undefined) return `${plainName(file.name.slice(0, -kind.length - 1)) || 'fichier'}.${kind}`;
  throw new RefusedError('file_refused', `"${file.name}" is no .xlsx or .ods file by its name and its content.`);
}
