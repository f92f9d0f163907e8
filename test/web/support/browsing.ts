import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import type { BootOptions } from 'progress-manager';
import { afterAll, beforeAll } from 'vitest';
import { tables } from '../../../config/tables.js';
import { launchBrowser } from '../../support/chromium.js';
import { type BuiltPage, buildPage } from './build-page.js';
import { ServedPage } from './served-page.js';

/** Options of an application with the bundled modules, as the server has them. */
export const BUNDLED: Partial<BootOptions> = { root: fileURLToPath(new URL('../../..', import.meta.url)), tables };

/** A browser and a built page for one test file. Called at its top; gives what serves the page to a test. */
export function browsing(): (options?: Partial<BootOptions>) => Promise<ServedPage> {
  let browser: Browser | undefined;
  let built: BuiltPage | undefined;

  beforeAll(async () => {
    built = await buildPage();
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await built?.[Symbol.asyncDispose]();
  });

  return (options = {}) => {
    if (!browser || !built) throw new Error('The page can be served in tests only: the browser is not there yet.');
    return ServedPage.start(browser, { webDir: built.webDir, ...options });
  };
}
