import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { inject } from 'vitest';
import { findOrInstall } from './install.js';

/** No sandbox: containers run as root. The rest keeps the browser from talking to anybody but the test. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The path of a Chromium: CHROMIUM_PATH, else the machine's own, else installed. Throws a sentence when there is none. */
export function findChromium(): string {
  const given = process.env.CHROMIUM_PATH;
  if (given === undefined || given === '') {
    return findOrInstall({
      names: ['chromium', 'chromium-browser', 'google-chrome'],
      package: 'chromium',
      variable: 'CHROMIUM_PATH',
    });
  }
  if (!existsSync(given)) throw new Error(`CHROMIUM_PATH names ${given}, which does not exist.`);
  return given;
}

/** A headless browser of the project `browser`; the caller closes it (`await using`). */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: inject('chromium'), args: FLAGS });
}
