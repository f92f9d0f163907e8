import { fileURLToPath } from 'node:url';
import type { App, Job, JobRef, ProgressManager, PushOptions, Tables } from 'progress-manager';
import { bootForTests, type CarryOptions, type TestApp, type TestBootOptions } from 'progress-manager/testing';
import { tables as exampleTables } from '../../config/tables.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The example's tables, and one with a unique column and a closed one. */
export const TABLES: Tables = {
  ...exampleTables,
  item: {
    id: 'id',
    columns: {
      code: { kind: 'text', required: true, maxLength: 20 },
      amount: { kind: 'integer' },
      note: { kind: 'text' },
    },
    import: 'admins',
    export: 'users',
    massAction: 'users',
  },
  closed: { id: 'id', columns: { name: { kind: 'text' } } },
};

/** What the kit needs to boot the bundled modules. */
export const BUNDLED: TestBootOptions = { root: ROOT, tables: TABLES };

/** Makes the table `item`. */
export async function makeItems({ knex }: Pick<TestApp, 'knex'>): Promise<void> {
  await knex.schema.createTable('item', (table) => {
    table.bigIncrements('id');
    table.string('code', 20).notNullable().unique();
    table.integer('amount').defaultTo(7);
    table.text('note');
  });
}

/** The bundled modules on an empty database that has the tables `place` and `item`; nothing runs by itself. */
export class Application implements AsyncDisposable {
  private constructor(private readonly kit: TestApp) {}

  static async boot(databaseUrl?: string, tables = TABLES): Promise<Application> {
    const kit = await bootForTests({ ...BUNDLED, tables, ...(databaseUrl !== undefined && { databaseUrl }) });
    await makeItems(kit);
    return new Application(kit);
  }

  /** After the death of a worker it is another. */
  get app(): App {
    return this.kit.app;
  }

  get progressManager(): ProgressManager {
    return this.kit.progressManager;
  }

  get knex() {
    return this.kit.knex;
  }

  get filesDir(): string {
    return this.kit.filesDir;
  }

  /** Pushes an import of this text as a file. */
  async pushImport(
    table: string,
    fileName: string,
    content: string | Buffer,
    options: PushOptions = {},
  ): Promise<string> {
    const file = await this.progressManager.upload(fileName, asStream(content));
    const { id } = await this.progressManager.push('Import', 'import', { table }, { ...options, files: [file.id] });
    return id;
  }

  /** One slice of the one job that is due. */
  async slice(ref: JobRef): Promise<Job> {
    await this.app.container.get('loop').tick();
    return this.get(ref);
  }

  /** Slices until the job has ended. */
  async runToEnd(ref: JobRef, options: CarryOptions = {}): Promise<Job> {
    return (await this.kit.carry(ref, options)).job;
  }

  async get(ref: JobRef): Promise<Job> {
    const job = await this.progressManager.get(ref);
    if (job === undefined) throw new Error(`There is no job ${ref}.`);
    return job;
  }

  /** What a job wrote. */
  async fileText(ref: JobRef, name: string): Promise<string> {
    const file = await this.progressManager.openFile(ref, name);
    const parts: Uint8Array[] = [];
    for await (const part of file.stream()) parts.push(part);
    return Buffer.concat(parts).toString();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kit.close();
  }
}

async function* asStream(content: string | Buffer): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content);
}
