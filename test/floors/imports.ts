import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import fg from 'fast-glob';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** One import of one file. */
export interface Import {
  readonly from: string;
  /** A file below the root, or the name of a package. */
  readonly to: string;
  readonly isType: boolean;
}

export interface Source {
  readonly file: string;
  readonly text: string;
}

/** Everything that is written for the program, by path. */
export function sources(): Source[] {
  const files = fg.sync(
    ['core', 'migrations', 'modules', 'config', 'web'].map((folder) => `${folder}/**/*.ts`),
    {
      cwd: ROOT,
      ignore: ['**/node_modules/**', '**/*.d.ts'],
    },
  );
  return files.sort().map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }));
}

/** `import … from`, `export … from`, `import '…'` and `import('…')`, at the beginning of a statement or late. */
const STATEMENT = /^(?:import|export)\s+(?<names>[^;'"]*?)\s*from\s*'(?<from>[^']+)'|^import\s*'(?<effect>[^']+)'/gm;
const LATE = /\bimport\(\s*'(?<late>[^']+)'\s*\)/g;

/** What a file imports, in whatever form. */
export function importsOf({ file, text }: Source): Import[] {
  const code = text.replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '');
  const statements = [...code.matchAll(STATEMENT)].map(({ groups }) => ({
    to: target(file, groups?.from ?? groups?.effect ?? ''),
    isType: isTypeOnly(groups?.names ?? ''),
  }));
  const late = [...code.matchAll(LATE)].map(({ groups }) => ({ to: target(file, groups?.late ?? ''), isType: false }));
  return [...statements, ...late].map((each) => ({ from: file, ...each }));
}

/** `type { … }`, or braces in which every name says so. */
function isTypeOnly(names: string): boolean {
  if (/^type\s/.test(names)) return true;
  const inner = /^\{([^}]*)\}$/.exec(names)?.[1];
  const list =
    inner
      ?.split(',')
      .map((name) => name.trim())
      .filter(Boolean) ?? [];
  return list.length > 0 && list.every((name) => name.startsWith('type '));
}

function target(from: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier;
  return normalize(join(dirname(from), specifier)).replace(/\.js$/, '.ts');
}

/** Anything that is not a file of this project. */
export function isPackage(to: string): boolean {
  return !/^(core|migrations|modules|config|web|bin|test|bench|scripts|examples)\/|^\.\./.test(to);
}
