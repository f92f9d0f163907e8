import { pathToFileURL } from 'node:url';
import { getRequestListener } from '@hono/node-server';
import express, { type Express } from 'express';
import { type App, boot } from 'progress-manager';
import { tables } from '../config/tables.js';

/** An Express application of your own, with the progress manager's routes and page behind its own. */
export function createServer(app: App): Express {
  const server = express();

  server.get('/hello', (_request, response) => {
    response.send('Hello from Express');
  });

  // Before any body parser: uploads are read as a stream.
  server.use(getRequestListener((request) => app.handler(request), { overrideGlobalObjects: false }));
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
  const listening = createServer(app).listen(3000, '127.0.0.1', () => console.log('http://127.0.0.1:3000'));
  process.once('SIGTERM', () => {
    listening.close();
    void app[Symbol.asyncDispose]();
  });
}
