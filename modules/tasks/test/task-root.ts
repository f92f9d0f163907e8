import { fileURLToPath } from 'node:url';
import { makeRoot } from '../../../test/support/make-root.js';

const MODULE = new URL('../', import.meta.url);

const METHODS = [
  'extractAll',
  'returns',
  'throws',
  'reads',
  'reveals',
  'says',
  'saysAndWaits',
  'lasts',
  'differs',
  'hangs',
];

const exported = (file: string) => `export { default } from ${JSON.stringify(fileURLToPath(new URL(file, MODULE)))};`;

/**
 * A folder with this module, and one that declares `App\Services\TIF:…` of the fixtures. What it holds is named, not
 * copied: a child process finds the packages of files where these lie.
 */
export function taskRoot(more: Readonly<Record<string, string>> = {}) {
  const tif = JSON.stringify(fileURLToPath(new URL('test/fixtures/tif.ts', MODULE)));
  const names = [...METHODS.map((method) => `App\\Services\\TIF:${method}`), 'App\\Services\\TIF::version'];
  return makeRoot({
    'package.json': '{ "type": "module", "version": "1.2.3" }',
    'modules/tasks/configs/progress-manager.ts': exported('configs/progress-manager.ts'),
    'modules/tasks/routes.ts': exported('routes.ts'),
    'modules/tasks/commands.ts': exported('commands.ts'),
    'modules/tif/configs/progress-manager.ts': `
      import { TIF } from ${tif};
      const names = ${JSON.stringify(names)};
      export default { extension: { taskMethod: Object.fromEntries(names.map((name) => [name, TIF])) } };`,
    ...more,
  });
}
