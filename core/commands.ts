import type { Command } from 'commander';
import type { App } from './app.js';
import type { Job } from './contracts/job.js';
import type { JobRef } from './contracts/job-store.js';

/** What options hold. All throw InvalidInputError that names the option. */
export interface OptionReader {
  /** Gathers an option that may be given several times: `.option('--param <name=value>', '…', line.options.several)`. */
  several(argument: string, before?: readonly string[]): readonly string[];
  /** `name=value` each; no name twice. */
  pairs(given: readonly string[] | undefined, option: string): Readonly<Record<string, string>>;
  /** A number, from 0. */
  number(given: string, option: string): number;
  /** JSON: itself, `@file` that holds it, or `-` for stdin; `undefined` stays so. */
  json(given: string | undefined, option: string): Promise<unknown>;
  /** Of `--secret`: `name=@file`, or `name=-` for stdin, each. */
  secrets(given: readonly string[] | undefined): Promise<Readonly<Record<string, string>>>;
}

/** What the commands of a module work with. */
export interface CommandLine {
  /** The environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * Runs `work` on the application that the environment describes, its loop not started, and lets go of it afterwards.
   * Calls without a user act as an admin. Throws StoreUnavailableError when tables are missing.
   */
  withApp<T>(work: (app: App) => Promise<T>): Promise<T>;
  /**
   * Carries this job, and no other, to its end in this process, as the command `run` does; gives it as it is then, and
   * unfinished after a signal. With `debug`, what it says by `context.debug` is shown live. Throws JobNotFoundError.
   */
  run(ref: JobRef, options?: { readonly debug?: boolean | undefined }): Promise<Job>;
  /**
   * Carries jobs forward in this process for so many milliseconds, or until a signal; then it begins nothing more, and
   * ends when each slice that runs has ended by itself. A second signal ends them at once. Throws InvalidInputError that
   * names the option which says how long, for nothing and for more than a day.
   */
  work(milliseconds: number, option?: string): Promise<void>;
  /** Reads options as core's own commands do. */
  readonly options: OptionReader;
  /**
   * The outcome: in words, or with `--json` the document and nothing else on stdout; without words always the document. To
   * be called once.
   */
  result(document: unknown, words?: () => string): void;
  /** One of many, each on a line of its own. */
  line(document: unknown, words: () => string): void;
  /** Words beside the result, on stderr. */
  note(words: string): void;
  /** The exit code of a command that did what it was asked to; one that throws exits by what it throws. */
  exitWith(code: 0 | 1 | 2): void;
}

/** Adds a module's commands: `program.command('task:show').argument('<task>').action(…)`. */
export type ModuleCommands = (program: Command, line: CommandLine) => void;

/** Types what `modules/<name>/commands.ts` exports as default; gives back what it is given. */
export function defineCommands(commands: ModuleCommands): ModuleCommands {
  return commands;
}
