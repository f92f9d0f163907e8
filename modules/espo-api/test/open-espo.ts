import type { Job, ProgressManagerConfig } from 'progress-manager';
import { bootForTests, type Script, scriptedJob, type TestBootOptions } from 'progress-manager/testing';
import { moduleRoot } from '../../../test/support/module-root.js';

export type Who = 'nobody' | 'ann' | 'ben' | 'root';
export type Espo = Awaited<ReturnType<typeof openEspo>>;
export type OpenEspo = (options?: EspoOptions) => Promise<Espo>;

export interface EspoOptions extends TestBootOptions {
  /** What each slice of a job of the type `export` does; by default it is the only one, and succeeds. */
  readonly slice?: Script;
  /** Besides the type `export`. */
  readonly app?: ProgressManagerConfig;
  /** Modules in folders, by name. */
  readonly folders?: Readonly<Record<string, string | URL>>;
}

class DownloadExportFile {
  getProgressStatusActionData({ id }: Job) {
    return { url: `files/${id}.csv` };
  }

  executeStatusAction(job: Job) {
    return this.getProgressStatusActionData(job);
  }
}

/** The module beside an application with the type `export`, users with keys, `ann` and `ben`, and an admin, `root`. */
export async function openEspo({ slice = succeed, app = {}, folders = {}, ...options }: EspoOptions = {}) {
  const root = await moduleRoot(['espo-api'], folders);
  const type = { export: { ...scriptedJob(slice), action: { success: ['download_export_file'] } }, ...app.type };
  const actionService = { download_export_file: DownloadExportFile, ...app.actionService };
  const kit = await bootForTests({
    root: root.path,
    ...options,
    modules: { app: { ...app, type, actionService }, ...options.modules },
  });
  const access = kit.app.container.get('accessStore');
  const keyOf = async (id: string, isAdmin = false) => (await access.addKey({ id, isAdmin })).key;
  const keys = { ann: await keyOf('ann'), ben: await keyOf('ben'), root: await keyOf('root', true) };

  const send = (who: Who, line: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) => {
    const [method = '', path = ''] = line.split(' ');
    const json = typeof body === 'string' ? body : JSON.stringify(body);
    return kit.app.handler(
      new Request(`http://crm.example/api/v1/${path}`, {
        method,
        headers: {
          ...(who === 'nobody' ? {} : { 'X-Api-Key': keys[who] }),
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: json }),
      }),
    );
  };

  return {
    ...{ kit, keys, send },
    espo: kit.app.container.get('espoProgressManager'),
    /** Sends it and gives the JSON of the answer; throws when its status is another. */
    async ask(status: number, who: Who, line: string, body?: unknown) {
      const response = await send(who, line, body);
      const text = await response.text();
      if (response.status !== status) throw new Error(`${line}: ${response.status} ${text}`);
      return JSON.parse(text);
    },
    /** Pushes a job of the type `export` for this user and gives it. */
    async push(userId: string, name = 'Export', data: unknown = { a: 1 }, isHidden = false): Promise<Job> {
      const { id } = await kit.progressManager.push(name, 'export' as string, data, { userId, isHidden });
      return (await kit.progressManager.get(id)) as Job;
    },
    tick: () => kit.app.container.get('loop').tick(),
    job: async (id: string) => (await kit.progressManager.get(id)) as Job,
    rows: async () => Number((await kit.knex('progress_manager').count({ rows: '*' }))[0]?.rows),
    /** The texts of this user's notifications, the newest first. */
    async told(who: Who): Promise<readonly string[]> {
      const { list } = await this.ask(200, who, 'GET Notification');
      return list.map(({ message }: { readonly message: string }) => message);
    },
    [Symbol.asyncDispose]: async () => {
      await kit.close();
      await root[Symbol.asyncDispose]();
    },
  };
}

const succeed: Script = (service) => {
  service.setProgress(100);
  service.setStatus('success');
  return true;
};
