import type { As, RouteContext, Routes, Services } from 'progress-manager';
import { defineRoutes, ForbiddenError, fileResponse, inject, JobNotFoundError, readFields } from 'progress-manager';

/** The addresses that pages of tasks ask, in their words: `{"code":404}` for a task that is not there. */
class TaskRoutes {
  constructor(@inject('tasks') private readonly tasks: Services['tasks']) {}

  mount(app: Routes): void {
    const { tasks } = this;
    app.onError((error, context) => {
      if (error instanceof JobNotFoundError) return context.json({ code: 404 }, 404);
      if (error instanceof ForbiddenError) return context.json({ code: 403 }, 403);
      throw error;
    });
    app.get('/mestaches', async (context) => {
      const { user } = context.var;
      return context.json({ taches: await tasks.list({ userId: user.id }, { user }) });
    });
    app.get('/manager', async (context) => {
      if (!context.var.user.isAdmin) throw new ForbiddenError('All tasks are for admins to see.');
      return context.json({ taches: await tasks.list({}, asOf(context)) });
    });
    app.get('/download/:id', async (context) => fileResponse(context, await tasks.openFile(...asked(context))));
    for (const path of ['/status/:id', '/result/:id', '/tache/:id'])
      app.get(path, async (context) => context.json(await tasks.get(...asked(context))));
    app.post('/start/:id', async (context) => {
      const { id, startdate } = await tasks.start(...asked(context));
      return context.json({ id, startdate });
    });
    app.post('/stop/:id', async (context) => context.json(await tasks.stop(...asked(context))));
    app.post('/delete/:id', async (context) => {
      await tasks.delete(...asked(context));
      return context.json({ code: 'SUCCESS' });
    });
    app.post('/cancelRunning', async (context) => context.json({ ids: await tasks.cancelRunning(asOf(context)) }));
    app.post('/statusBy', async (context) => {
      const { ids, id, signatures, signature } = await readFields(context.req.raw);
      const texts = (...given: readonly unknown[]) =>
        given
          .flat()
          .filter((one) => one !== undefined)
          .map(String);
      const query = {
        ids: texts(ids, id).map(Number).filter(Number.isSafeInteger),
        signatures: texts(signatures, signature),
      };
      const taches = await tasks.statusBy(query, asOf(context));
      return taches.length > 0 ? context.json({ taches }) : context.json({ code: 404 }, 404);
    });
  }
}

const asOf = ({ var: { user } }: RouteContext): As => ({ user });
const asked = (context: RouteContext): [string, As] => [context.req.param('id') ?? '', asOf(context)];

export default defineRoutes({ prefix: '/apidaebundle/taches', service: TaskRoutes });
