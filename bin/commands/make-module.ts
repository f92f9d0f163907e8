import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { describeError } from '../../core/contracts/describe-error.js';
import { ConfigurationError, InvalidInputError } from '../../core/contracts/errors.js';
import { loadRegistry } from '../../core/registry/registry.js';
import type { CommandContext } from '../command-context.js';
import { moduleFiles } from '../module-files.js';
import { type ModuleNames, moduleNames } from '../module-names.js';

interface MakeModuleOptions {
  readonly run?: true;
  readonly actions?: true;
  readonly dir: string;
}

/** `make:module <name>`: the files of a new module, with a test that passes at once. Needs no database. */
export function addMakeModule(program: Command, context: CommandContext): void {
  program
    .command('make:module')
    .description('write the files of a new module: config, service, words and a test that passes')
    .argument('<name>', 'its folder, for example monthly-report')
    .option('--run', 'one function for the whole job, instead of a class that does slices')
    .option('--actions', 'with a button that leads to the file of a job')
    .option('--dir <folder>', 'the folder that holds "modules"', '.')
    .action((name: string, options: MakeModuleOptions) => makeModule(context, name, options));
}

async function makeModule({ output }: CommandContext, name: string, options: MakeModuleOptions): Promise<void> {
  const names = moduleNames(name);
  const root = resolve(options.dir);
  if (!(await isFolder(root))) throw new InvalidInputError('--dir', `there is no folder ${root}. Make it first.`);
  const modules = join(root, 'modules');
  const isFirst = !(await isFolder(modules));
  const notes = isFirst ? [`${root} had no "modules": made it.`] : await refuseTakenType(root, names);
  const folder = await makeFolder(modules, names);
  const files = moduleFiles(names, { isRun: options.run === true, hasActions: options.actions === true });
  for (const [path, text] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text, { flag: 'wx' });
  }
  const paths = [...files.keys()].map((path) => relative(root, join(folder, path)));
  const project = await projectAt(root);
  for (const note of [...notes, ...project.notes]) output.note(note);
  const test = `${project.node} --test ${paths.at(-1)}`;
  output.result({ module: name, type: names.type, files: paths, test }, () =>
    [`Wrote the module "${name}", with the job type "${names.type}":`, ...paths.map((path) => `  ${path}`)]
      .concat(['', 'Its test:', `  ${test}`, 'A server that runs must be started again to see it.'])
      .join('\n'),
  );
}

/** Two modules cannot own a type. Gives what is to be said when nobody can tell. */
async function refuseTakenType(root: string, { type, folder }: ModuleNames): Promise<readonly string[]> {
  try {
    const owner = (await loadRegistry(root)).types.get(type);
    if (owner === undefined || owner.module === folder) return [];
    throw new InvalidInputError('name', `the job type "${type}" is declared in ${owner.origin}. Choose another name.`);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return [`The modules that are there have faults of their own: ${describeError(error)}`];
  }
}

/** The folder of the module, which must not be there: nothing of somebody else's is touched. */
async function makeFolder(modules: string, { folder }: ModuleNames): Promise<string> {
  await mkdir(modules, { recursive: true });
  const path = join(modules, folder);
  try {
    await mkdir(path);
    return path;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new InvalidInputError('name', `${path} is there already, and stays as it is. Choose another name.`, {
      cause,
    });
  }
}

/** How tests are run there: in a clone of ours on the sources, elsewhere on what is installed. */
async function projectAt(root: string): Promise<{ readonly node: string; readonly notes: readonly string[] }> {
  const text = await readFile(join(root, 'package.json'), 'utf8').catch(() => '{}');
  const { name, type }: { name?: string; type?: string } = JSON.parse(text);
  if (name === 'progress-manager') return { node: 'node --import tsx --conditions=progress-manager-source', notes: [] };
  const notes =
    type === 'module' ? [] : [`Modules are ES modules: say "type": "module" in ${join(root, 'package.json')}.`];
  return { node: 'node --import tsx', notes };
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
