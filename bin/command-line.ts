import { fileURLToPath } from 'node:url';
import { boot } from '../core/boot.js';
import type { ProcessContext } from './command-context.js';
import { Output } from './output.js';

/** What commands are given by this process. The root is the repository in development and `dist` in production. */
export function ofThisProcess(): ProcessContext {
  return {
    root: fileURLToPath(new URL('..', import.meta.url)),
    env: process.env,
    output: new Output(process.stdout, process.stderr, process.env),
    boot,
  };
}
