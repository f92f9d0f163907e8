import { expect, test } from 'vitest';
import { launchBrowser } from './chromium.js';

test('a browser opens a page', async () => {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    await page.setContent('<title>Progress</title>');
    expect(await page.title()).toBe('Progress');
  } finally {
    await browser.close();
  }
});
