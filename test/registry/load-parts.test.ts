import { expect, test } from 'vitest';
import { loadModules } from '../../core/load-modules.js';
import { faultsOf as faultsOfRoot } from '../support/faults-of.js';
import { makeRoot } from '../support/make-root.js';

const ROUTES = (prefix: string, more = '') =>
  `class R { mount(app) { app.get('/', (c) => c.text('here')); } }\nexport default { prefix: '${prefix}', service: R, ${more} };`;

const faultsOf = (files: Readonly<Record<string, string>>) => faultsOfRoot(files, (root) => loadModules(root));

test('routes are found by module name, one prefix or a list of them', async () => {
  await using root = await makeRoot({
    'modules/zoo/routes.ts': `class R { mount() {} }\nexport default [{ prefix: '/api/zoo', service: R }, { prefix: '/keepers', service: R }];`,
    'modules/ant/routes.ts': ROUTES('/api/ants'),
  });
  const { routes } = await loadModules(root.path);
  expect(routes.map(({ module, origin, config: { prefix } }) => [module, origin, prefix])).toEqual([
    ['ant', 'modules/ant/routes.ts', '/api/ants'],
    ['zoo', 'modules/zoo/routes.ts', '/api/zoo'],
    ['zoo', 'modules/zoo/routes.ts', '/keepers'],
  ]);
});

test.each([
  ['the same', '/api/x', '/api/x', '"/api/x"'],
  ['one within the other', '/api/x', '/api/x/y', '"/api/x" and "/api/x/y"'],
  ['one around the other', '/api/x/y', '/api/x', '"/api/x/y" and "/api/x"'],
  ['the same but for the case of letters', '/api/Tasks', '/api/tasks', '"/api/Tasks" and "/api/tasks"'],
])('two modules on one path are an error that names both: %s', async (_, one, other, both) => {
  const faults = await faultsOf({ 'modules/ant/routes.ts': ROUTES(one), 'modules/bee/routes.ts': ROUTES(other) });
  expect(faults).toEqual([
    `Two modules answer the same addresses, ${both}: modules/ant/routes.ts and modules/bee/routes.ts. Give one of them a prefix of its own.`,
  ]);
});

test('prefixes that only begin with the same letters are two', async () => {
  expect(
    await faultsOf({ 'modules/ant/routes.ts': ROUTES('/api/task'), 'modules/bee/routes.ts': ROUTES('/api/tasks') }),
  ).toEqual([]);
});

test.each([
  ['/api/jobs', '/api/jobs'],
  ['/api/jobs/mine', '/api/jobs'],
  ['/api', '/api/session'],
  ['/health', '/health/live'],
  ['/METRICS', '/metrics'],
])("no module takes an address of core's: %s", async (prefix, own) => {
  expect(await faultsOf({ 'modules/ant/routes.ts': ROUTES(prefix) })).toEqual([
    `modules/ant/routes.ts: the prefix "${prefix}" meets core's own address "${own}". Choose another.`,
  ]);
});

test.each([
  [
    'no default export',
    'export const routes = 1;',
    'has no default export. Write "export default defineRoutes({ … })".',
  ],
  ['what is no object', 'export default 7;', ': the default export is a number. Write "export default defineRoutes({'],
  ['an empty list', 'export default [];', ': the default export is an empty list.'],
  ['a prefix without a slash', ROUTES('api/x'), ': the default export: prefix must begin with "/"'],
  [
    'a prefix that ends with one',
    ROUTES('/api/x/'),
    ': the default export: prefix must begin with "/", end without one',
  ],
  ['a prefix with a parameter', ROUTES('/api/:x'), ': the default export: prefix must begin with "/"'],
  ['everything', ROUTES('/'), ': the default export: prefix must begin with "/"'],
  ['a slip in a name', ROUTES('/api/x', "acces: 'admins'"), 'has an unknown key "acces". Did you mean "access"?'],
  ['an access nobody knows', ROUTES('/api/x', "access: 'all'"), '.access must be "users" or "admins".'],
  [
    'no service',
    "export default { prefix: '/api/x' };",
    ': the default export: service is missing. It must be a class',
  ],
  [
    'a service without mount',
    "export default { prefix: '/api/x', service: class R {} };",
    'the class R has no method mount. Add it.',
  ],
  ['code that throws', "throw new Error('no');", ' could not be loaded: no'],
])('a file of routes with a fault is told, with what to do: %s', async (_, source, words) => {
  const faults = await faultsOf({ 'modules/ant/routes.ts': source });
  expect(faults).toHaveLength(1);
  expect(faults[0]).toMatch(/^modules\/ant\/routes\.ts/);
  expect(faults[0]).toContain(words);
});

test('faults of configs and of routes are told together', async () => {
  const faults = await faultsOf({
    'modules/ant/configs/progress-manager.ts': 'export default 1;',
    'modules/bee/routes.ts': 'export default 2;',
  });
  expect(faults).toHaveLength(2);
});

test('files that would be passed over in silence are told', async () => {
  const empty = 'export {};';
  const faults = await faultsOf({
    'modules/ant/configs/routes.ts': empty,
    'modules/bee/route.ts': empty,
    'modules/cat/commands.mts': empty,
    'modules/dog/router.ts': empty,
    'modules/elk/services/routes.ts': empty,
    'modules/fox/Routes.ts': empty,
  });
  expect(faults).toEqual([
    "modules/ant/configs/routes.ts is not read: a module's routes are modules/ant/routes.ts (or .js). Rename it.",
    "modules/cat/commands.mts is not read: a module's commands are modules/cat/commands.ts (or .js). Rename it.",
    "modules/fox/Routes.ts is not read: a module's routes are modules/fox/routes.ts (or .js). Rename it.",
  ]);
});
