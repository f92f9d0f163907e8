import { pathToFileURL } from 'node:url';
import { getRequestListener } from '@hono/node-server';
import { type FastifyInstance, fastify } from 'fastify';
import { type App, boot } from 'progress-manager';
import { tables } from '../config/tables.js';

/** A Fastify application of your own, with the progress manager's routes and page behind its own. */
export function createServer(app: App): FastifyInstance {
  const server = fastify();

  server.get('/hello', async () => 'Hello from Fastify');

  const listener = getRequestListener((request) => app.handler(request), { overrideGlobalObjects: false });
  // A plugin of its own: its parsers leave the body alone, those of your routes stay as they are.
  server.register(async (plugin) => {
    plugin.removeAllContentTypeParsers();
    plugin.addContentTypeParser('*', (_request, _body, done) => done(null));
    plugin.all('/*', (request, reply) => {
      reply.hijack();
      return listener(request.raw, reply.raw);
    });
  });
  return server;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const app = await boot({
    root: new URL('..', import.meta.url),
    databaseUrl: process.env.DATABASE_URL ?? 'sqlite:./data/progress-manager.sqlite',
    tables,
    migrate: true,
  });
  await app.start();
  const server = createServer(app);
  console.log(await server.listen({ port: 3000, host: '127.0.0.1' }));
  process.once('SIGTERM', async () => {
    await server.close();
    await app[Symbol.asyncDispose]();
  });
}
