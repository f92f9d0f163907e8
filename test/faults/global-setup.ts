import type { TestProject } from 'vitest/node';
import { BuiltTree } from './built-tree.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where `BuiltTree` lies. */
    builtFolder: string;
  }
}

/** Builds the workers once for all tests of a group. */
export function setup(project: TestProject): () => void {
  const tree = BuiltTree.build();
  project.provide('builtFolder', tree.folder);
  return () => tree[Symbol.dispose]();
}
