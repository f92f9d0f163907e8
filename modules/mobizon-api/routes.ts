import { defineRoutes } from 'progress-manager';
import { MobizonRoutes } from './services/mobizon-routes.js';

/** Clients of this kind send their key in the query: here, and nowhere else, it is taken there. */
export default defineRoutes({
  prefix: '/service',
  service: MobizonRoutes,
  keyIn: (request) => new URL(request.url).searchParams.get('apiKey') ?? undefined,
});
