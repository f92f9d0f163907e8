import type { TestProject } from 'vitest/node';
import { BuiltTree } from './built-tree.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the `BuiltTree` of this run lies. */
    builtFolder: string;
    /** And the one in a few files. */
    bundledFolder: string;
  }
}

/** Builds the workers once for all tests of a group. */
export async function setup(project: TestProject): Promise<() => void> {
  const tree = BuiltTree.build();
  const bundled = await tree.bundled();
  project.provide('builtFolder', tree.folder);
  project.provide('bundledFolder', bundled.folder);
  return () => {
    tree[Symbol.dispose]();
    bundled[Symbol.dispose]();
  };
}
