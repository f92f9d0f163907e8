import type { Visit } from './visit.js';

/** What a browser tells a page whose tab goes to the background, or comes back. */
export async function setHidden({ page }: Visit, isHidden: boolean): Promise<void> {
  await page.evaluate(`Object.defineProperty(document, 'hidden', { configurable: true, value: ${isHidden} });
    document.dispatchEvent(new Event('visibilitychange'));`);
}
