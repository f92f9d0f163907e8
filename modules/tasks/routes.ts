import type { Routes, Services, User } from 'progress-manager';
import { defineRoutes, ForbiddenError, fileResponse, inject, JobNotFoundError, readFields } from 'progress-manager';
import { withHtml } from './services/task-view.js';

type Say = (as: { readonly user: User }, id: string, request: Request) => Promise<object>;

/** The addresses that pages of tasks ask, in their words: `{"code":404}` for a task that is not there. */
class TaskRoutes {
  constructor(@inject('tasks') private readonly tasks: Services['tasks']) {}

  mount(app: Routes): void {
    const { tasks } = this;
    const answer = (method: string, path: string, say: Say) =>
      app.on(method, path, async ({ req, var: { user }, json }) =>
        json(await say({ user }, req.param('id') ?? '', req.raw)),
      );
    for (const path of ['/status/:id', '/result/:id', '/tache/:id']) answer('GET', path, (as, id) => tasks.get(id, as));
    answer('GET', '/mestaches', async (as) => ({ taches: await tasks.list({ userId: as.user.id }, as) }));
    answer('GET', '/manager', async (as) => {
      if (!as.user.isAdmin) throw new ForbiddenError('All tasks are for admins to see.');
      return { taches: await tasks.list({}, as) };
    });
    answer('POST', '/statusBy', async (as, _, request) => {
      const { ids, id, signatures, signature } = await readFields(request);
      const all = (...given: readonly unknown[]) => given.flatMap((one) => one ?? []);
      const numbers = all(ids, id).flatMap((given) => (/^\d{1,15}$/.test(`${given}`) ? [Number(given)] : []));
      const taches = await tasks.statusBy({ ids: numbers, signatures: all(signatures, signature).map(String) }, as);
      if (taches.length === 0) throw new JobNotFoundError('of these');
      return { taches: taches.map(withHtml) };
    });
    answer('POST', '/start/:id', (as, id) => tasks.start(id, as).then(({ id, startdate }) => ({ id, startdate })));
    answer('POST', '/stop/:id', (as, id) => tasks.stop(id, as));
    answer('POST', '/delete/:id', (as, id) => tasks.delete(id, as).then(() => ({ code: 'SUCCESS' })));
    answer('POST', '/cancelRunning', async (as) => ({ ids: await tasks.cancelRunning(as) }));
    app.get('/download/:id', async (context) =>
      fileResponse(context, await tasks.openFile(context.req.param('id'), { user: context.var.user })),
    );
    app.onError((error, context) => {
      if (!(error instanceof JobNotFoundError || error instanceof ForbiddenError)) throw error;
      return context.json({ code: error.status }, error.status);
    });
  }
}

export default defineRoutes({ prefix: '/apidaebundle/taches', service: TaskRoutes });
