import type { TestProject } from 'vitest/node';
import { findChromium } from './chromium.js';
import { startTestServer } from './mariadb.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** `mysql://…` of a server on which databases may be created. */
    serverUrl: string;
    /** Path of the browser. */
    chromium: string;
  }
}

/** Gives the project `server` a database server and the project `browser` a browser, before its first test. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (project.name === 'browser') {
    project.provide('chromium', findChromium());
    return undefined;
  }
  const server = await startTestServer();
  project.provide('serverUrl', server.url);
  return () => server.stop();
}
