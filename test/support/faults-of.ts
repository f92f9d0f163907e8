import { ConfigurationError } from 'progress-manager';
import { makeRoot } from './make-root.js';

/** What `load` says is wrong with a root of these files; none: it loads. */
export async function faultsOf(
  files: Readonly<Record<string, string>>,
  load: (root: string) => Promise<unknown>,
): Promise<readonly string[]> {
  await using root = await makeRoot(files);
  try {
    await load(root.path);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
}
