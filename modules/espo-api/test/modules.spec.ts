import type { ConfigurationError } from 'progress-manager';
import { expect, test } from 'vitest';
import { moduleRoot } from '../../../test/support/module-root.js';
import { openEspo } from './open-espo.js';

const exportBy = (words: string, options = '') => `
import { AbstractProgressManager, defineProgressManager } from 'progress-manager';

class ExportProgressManager extends AbstractProgressManager {
  executeProgressJob() {
    this.setMessage('${words}');
    this.advance(1, 1);
    return true;
  }
}

export default defineProgressManager({ type: { report: { service: ExportProgressManager ${options} } } });
`;
const file = (module: string) => `modules/${module}/configs/progress-manager.ts`;

test('scenario 11: B7: of two modules with one type the later wins when it says so, and one without a config is none', async () => {
  const files = { [file('a')]: exportBy('first'), [file('b')]: exportBy('second', ', override: true') };
  await using root = await moduleRoot([], {}, { ...files, 'modules/empty/readme.txt': 'nothing here' });
  const folder = (name: string) => `${root.path}/modules/${name}`;
  await using at = await openEspo({ folders: { a: folder('a'), b: folder('b'), empty: folder('empty') } });
  expect(await at.espo.push('Report', 'report', [], 'ann')).toBe(true);
  await at.tick();
  const { list } = await at.kit.progressManager.find();
  expect(list).toMatchObject([{ status: 'success', message: 'second' }]);
});

test('scenario 11: B7: without a word the start stops, and names both', async () => {
  const files = { [file('a')]: exportBy('first'), [file('b')]: exportBy('second') };
  await using root = await moduleRoot([], {}, files);
  const folders = { a: `${root.path}/modules/a`, b: `${root.path}/modules/b` };
  const error = await openEspo({ folders }).then(
    () => undefined,
    (threw: ConfigurationError) => threw,
  );
  expect(error?.faults).toEqual([
    `Two modules own the job type "report": ${file('a')} and ${file('b')}. Rename one of them, or let the later one say override: true.`,
  ]);
});
