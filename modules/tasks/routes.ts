import type { As, Routes, Services, User } from 'progress-manager';
import { defineRoutes, ForbiddenError, fileResponse, inject, JobNotFoundError, readFields } from 'progress-manager';

/** The addresses that pages of tasks ask, in their words: `{"code":404}` for a task that is not there. */
class TaskRoutes {
  constructor(@inject('tasks') private readonly tasks: Services['tasks']) {}

  mount(app: Routes): void {
    const { tasks } = this;
    const answer = (method: string, paths: string[], say: (id: string, as: As & { user: User }) => Promise<object>) =>
      app.on(method, paths, async (context) => context.json(await say(context.req.param('id') ?? '', asOf(context))));
    answer('GET', ['/mestaches'], async (_, as) => ({ taches: await tasks.list({ userId: as.user.id }, as) }));
    answer('GET', ['/manager'], async (_, as) => {
      if (!as.user.isAdmin) throw new ForbiddenError('All tasks are for admins to see.');
      return { taches: await tasks.list({}, as) };
    });
    answer('GET', ['/status/:id', '/result/:id', '/tache/:id'], (id, as) => tasks.get(id, as));
    answer('POST', ['/start/:id'], async (id, as) =>
      (({ id, startdate }) => ({ id, startdate }))(await tasks.start(id, as)),
    );
    answer('POST', ['/stop/:id'], (id, as) => tasks.stop(id, as));
    answer('POST', ['/delete/:id'], (id, as) => tasks.delete(id, as).then(() => ({ code: 'SUCCESS' })));
    answer('POST', ['/cancelRunning'], async (_, as) => ({ ids: await tasks.cancelRunning(as) }));
    app.get('/download/:id', async (context) =>
      fileResponse(context, await tasks.openFile(context.req.param('id'), asOf(context))),
    );
    app.post('/statusBy', async (context) => {
      const { ids, id, signatures, signature } = await readFields(context.req.raw);
      const all = (...given: readonly unknown[]) => given.flatMap((one) => one ?? []);
      const query = {
        ids: all(ids, id).map(Number).filter(Number.isSafeInteger),
        signatures: all(signatures, signature).map(String),
      };
      const taches = await tasks.statusBy(query, asOf(context));
      return context.json(taches.length > 0 ? { taches } : { code: 404 }, taches.length > 0 ? 200 : 404);
    });
    app.onError((error, context) => {
      if (error instanceof JobNotFoundError) return context.json({ code: 404 }, 404);
      if (error instanceof ForbiddenError) return context.json({ code: 403 }, 403);
      throw error;
    });
  }
}

const asOf = ({ var: { user } }: { readonly var: { readonly user: User } }) => ({ user });

export default defineRoutes({ prefix: '/apidaebundle/taches', service: TaskRoutes });
