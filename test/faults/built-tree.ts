import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { bundle } from './bundle.js';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/** A text of a built file, and what stands for it when a defence is taken out. */
export interface Removal {
  /** Under `core`, as built. */
  readonly file: string;
  readonly what: string;
  readonly instead: string;
}

/** Our sources and the fixtures of workers as plain JavaScript. */
export class BuiltTree implements Disposable {
  constructor(readonly folder: string) {}

  /** Compiles into a folder of its own. */
  static build(): BuiltTree {
    const tree = BuiltTree.#empty();
    const project = join(REPOSITORY, 'test/faults/tsconfig.workers.json');
    const { status, stdout } = spawnSync('npx', ['tsc', '-p', project, '--outDir', join(tree.folder, 'dist')], {
      cwd: REPOSITORY,
      encoding: 'utf8',
    });
    if (status === 0) return tree;
    tree[Symbol.dispose]();
    throw new Error(`The workers could not be built: ${stdout}`);
  }

  /** The one that was built for this run, file by file as it is published. */
  static ofThisRun(): BuiltTree {
    return new BuiltTree(inject('builtFolder'));
  }

  /** The same code in a few files: its workers begin with a third of the processor time. */
  static bundledForThisRun(): BuiltTree {
    return new BuiltTree(inject('bundledFolder'));
  }

  static #empty(): BuiltTree {
    const folder = mkdtempSync(join(tmpdir(), 'pm-built-'));
    cpSync(join(REPOSITORY, 'package.json'), join(folder, 'package.json'));
    symlinkSync(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));
    return new BuiltTree(folder);
  }

  async bundled(): Promise<BuiltTree> {
    const copy = this.without([]);
    await bundle(join(copy.folder, 'dist'));
    return copy;
  }

  /** A copy with defences taken out. Throws when one of them is not there. */
  without(removals: readonly Removal[]): BuiltTree {
    const copy = BuiltTree.#empty();
    cpSync(join(this.folder, 'dist'), join(copy.folder, 'dist'), { recursive: true });
    for (const { file, what, instead } of removals) {
      const path = join(copy.folder, 'dist/core', file);
      const text = readFileSync(path, 'utf8');
      if (!text.includes(what)) throw new Error(`${file} does not hold "${what}": nothing can be taken out.`);
      writeFileSync(path, text.replaceAll(what, instead));
    }
    return copy;
  }

  get worker(): string {
    return join(this.folder, 'dist/test/fixtures/worker.js');
  }

  get commandLine(): string {
    return join(this.folder, 'dist/bin/progress-manager.js');
  }

  /** The folder that holds the modules of a fixture; without one, the bundled modules. */
  root(fixture?: string): string {
    return join(this.folder, 'dist', fixture === undefined ? '' : `test/fixtures/${fixture}`);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
