import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Registry } from '../contracts/config.js';
import type { Logger } from '../contracts/logger.js';
import type { IsolationParts } from '../loop/isolation/isolation.js';
import type { ChildOptions } from '../loop/isolation/messages.js';

export interface ChildProgramParts {
  readonly options: ChildOptions;
  /** `child.js`, or `child.ts` in a clone. */
  readonly program: URL;
  readonly registry: Registry;
  /** Values that the application handed in: they cannot be handed on. */
  readonly services: object;
  /** Configs that the application handed in: nor can they. */
  readonly modules: object;
  /** A test moves the clock and ends this worker at a statement: a child process would know nothing of either. */
  readonly isTest: boolean;
  readonly logger: Logger;
}

/** How child processes are started; `undefined` where they cannot be, which is logged when a type asks for them. */
export function childProgram(parts: ChildProgramParts): IsolationParts['child'] {
  const { options, program, registry, logger } = parts;
  const hindrance = hindranceOf(parts);
  if (hindrance === undefined) return { program, options };
  const types = [...registry.types.values()].filter(({ config }) => config.isolation === 'process');
  if (types.length > 0) {
    logger.warn(
      { types: types.map(({ key }) => key) },
      `types with isolation "process" run inside this process: ${hindrance}`,
    );
  }
  return undefined;
}

function hindranceOf({ options, program, services, modules, isTest }: ChildProgramParts): string | undefined {
  if (isTest) return 'this is a test';
  if (options.databaseUrl === 'sqlite::memory:') return 'a database in memory is of one process only';
  if (Object.keys(services).length > 0) {
    return 'the values in "services" cannot be handed to a child process; give them by "servicesFrom"';
  }
  if (Object.keys(modules).length > 0) return 'the configs in "modules" cannot be handed to a child process';
  if (!existsSync(fileURLToPath(program))) return `the program ${program.href} is not there; leave core unbundled`;
  return undefined;
}
