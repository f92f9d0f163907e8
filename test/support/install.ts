import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What a test needs from the machine. */
export interface Program {
  /** File names, the preferred one first. */
  readonly names: readonly string[];
  /** The Debian package that has it. */
  readonly package: string;
  /** Environment variable that makes it unnecessary. */
  readonly variable: string;
}

/**
 * The path of a program; where root may install packages (containers, CI) it is installed when missing.
 * Throws one sentence that says what to install, which variable to set, and how to do without.
 */
export function findOrInstall(program: Program): string {
  const found = find(program.names);
  if (found !== undefined) return found;
  if (mayInstall()) install(program.package);
  const installed = find(program.names);
  if (installed !== undefined) return installed;
  throw new Error(
    `${program.names[0]} was not found: install it (Debian and Ubuntu: the package ${program.package}) or set ${program.variable}; "npm run test:unit" needs neither a database server nor a browser.`,
  );
}

function find(names: readonly string[]): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'].filter(Boolean);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function mayInstall(): boolean {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version') && find(['apt-get']) !== undefined;
}

function install(name: string): void {
  console.log(`Installing ${name} for the tests (apt-get install --no-install-recommends ${name}) …`);
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, stdio: 'pipe' } as const;
  try {
    execFileSync('apt-get', ['update'], options);
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', name], options);
  } catch (error) {
    console.log(`Installing ${name} failed: ${lastLine((error as { stderr?: Buffer }).stderr)}`);
  }
}

function lastLine(output: Buffer | undefined): string {
  return output?.toString().trim().split('\n').at(-1) ?? 'no output';
}
