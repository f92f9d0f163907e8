import { openApplication, type TestApplication } from '../../../test/http/application.js';
import { moduleRoot } from '../../../test/support/module-root.js';

export const SHOP = new URL('fixtures/shop', import.meta.url);

/** The module and a shop's types of task, behind HTTP, with its loop running when asked to. */
export async function openShop({ isWorking = false } = {}): Promise<TestApplication> {
  const root = await moduleRoot(['task-api'], { shop: SHOP });
  const application = await openApplication({ root: root.path, beatMs: 50, intervalMs: 20 });
  if (isWorking) await application.app.start();
  const close = application[Symbol.asyncDispose].bind(application);
  return Object.assign(application, {
    [Symbol.asyncDispose]: async () => {
      await close();
      await root[Symbol.asyncDispose]();
    },
  });
}
