import { Hono } from 'hono';
import { ConfigurationError } from '../contracts/errors.js';
import type { RegisteredRoutes } from '../contracts/routes.js';
import { authenticate } from './access.js';
import { performAction, performActionOnMany } from './actions.js';
import { explainJob } from './explain.js';
import { downloadFile, uploadFile } from './files.js';
import { isAlive, isReady } from './health.js';
import type { HttpEnvironment, HttpParts } from './http-context.js';
import { downloadItems, listItems } from './job-items.js';
import { showLog } from './job-log.js';
import { clearMessages, listMessages } from './job-messages.js';
import { showStatuses } from './job-statuses.js';
import { countJobs, listJobs, pushJob, removeJob, showJob } from './jobs.js';
import { clashesOf, type ModuleRoutes, mountModules } from './module-routes.js';
import { comesLater, refuseOtherMethods, unknownAddress } from './no-such-route.js';
import { listNotifications, readNotifications } from './notifications.js';
import { showAsset, showPage } from './page.js';
import { listPauses, pauseType, resumeType } from './pauses.js';
import { problemOf, problemResponse } from './problem.js';
import { listSchedules, pauseSchedule, resumeSchedule, runSchedule } from './schedules.js';
import { secured } from './security-headers.js';
import { beginSession, endSession, showCaller } from './session.js';
import { listTypes } from './types.js';
import { listWorkers } from './workers.js';

/** The HTTP interface as one function, to be served or mounted anywhere. It never throws. */
export function createHandler(
  parts: HttpParts,
  modules: readonly ModuleRoutes[] = [],
): (request: Request) => Promise<Response> {
  const app = routes(modules);
  return async (request) => {
    const requestId = crypto.randomUUID();
    const env = { ...parts, requestId, problemOf: (error: unknown) => problemOf(error, { ...parts, requestId }) };
    try {
      return secured(await app.fetch(request, env), requestId);
    } catch (error) {
      // Hono passes on what is thrown but is no Error: an action of a module may throw anything.
      return secured(problemResponse(error, env), requestId);
    }
  };
}

/** Throws ConfigurationError that names both where two modules would answer one address, or a module and core. */
export function refuseClashes(modules: readonly RegisteredRoutes[]): void {
  const clashes = clashesOf(modules, routes([]));
  if (clashes.length > 0) throw new ConfigurationError(clashes);
}

/** Every address there is, first those that are open to everybody. */
function routes(modules: readonly ModuleRoutes[]): Hono<HttpEnvironment> {
  const app = new Hono<HttpEnvironment>();
  app.onError((error, context) => problemResponse(error, context.env));
  app.notFound(unknownAddress);

  app.get('/', showPage);
  app.get('/health/live', isAlive);
  app.get('/health/ready', isReady);
  app.post('/api/session', beginSession);

  // Before core's own guard: each has one of its own, and says in its own words what that refuses.
  mountModules(app, modules);
  for (const path of ['/api/*', '/metrics', '/openapi.json']) app.use(path, authenticate);

  app.get('/api/jobs', listJobs);
  app.post('/api/jobs', pushJob);
  app.get('/api/jobs/counts', countJobs);
  app.post('/api/jobs/status', showStatuses);
  app.post('/api/jobs/actions/:action', performActionOnMany);
  app.get('/api/jobs/:job', showJob);
  app.delete('/api/jobs/:job', removeJob);
  app.post('/api/jobs/:job/actions/:action', performAction);
  app.get('/api/jobs/:job/files/:name', downloadFile);
  app.get('/api/jobs/:job/explain', explainJob);
  app.get('/api/jobs/:job/log', showLog);
  app.get('/api/jobs/:job/messages', listMessages);
  app.post('/api/jobs/:job/messages/clear', clearMessages);
  app.get('/api/jobs/:job/items', listItems);
  app.get('/api/jobs/:job/items.csv', downloadItems);
  app.put('/api/files', uploadFile);
  app.get('/api/schedules', listSchedules);
  app.post('/api/schedules/:schedule/run', runSchedule);
  app.post('/api/schedules/:schedule/pause', pauseSchedule);
  app.post('/api/schedules/:schedule/resume', resumeSchedule);
  app.get('/api/types', listTypes);
  app.get('/api/workers', listWorkers);
  app.get('/api/pauses', listPauses);
  for (const path of ['/api/pauses', '/api/pauses/:type']) app.put(path, pauseType).delete(path, resumeType);
  app.get('/api/notifications', listNotifications);
  app.post('/api/notifications/read', readNotifications);
  app.get('/api/me', showCaller);
  app.delete('/api/session', endSession);

  app.get('/api/modules', comesLater('The list of modules'));
  app.get('/api/stats', comesLater('The statistics page'));
  app.get('/metrics', comesLater('The metrics page'));
  app.get('/openapi.json', comesLater('The OpenAPI description'));

  // Names begin with a letter or digit and hold no slash: nothing outside the folder, and no dot file, can be named.
  app.get('/:asset{[A-Za-z0-9][A-Za-z0-9._-]*}', showAsset);

  refuseOtherMethods(app);
  return app;
}
