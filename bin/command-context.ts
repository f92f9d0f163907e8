import type { App } from '../core/app.js';
import type { BootOptions } from '../core/boot-options.js';
import type { ExitCode } from './exit-code.js';
import type { Output } from './output.js';

/** What the process is to its commands; a test gives its own. */
export interface ProcessContext {
  /** The folder that holds `modules`: the repository, or its build. */
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly output: Output;
  readonly boot: (options: BootOptions) => Promise<App>;
}

/** What a command is given. */
export interface CommandContext extends ProcessContext {
  /** For commands whose failure is not an error of theirs: `push --wait` of a job that ends in error. */
  exitWith(code: ExitCode): void;
}
