import { expect, test } from 'vitest';
import { openScripted, script } from '../fixtures/scripted/open-scripted.js';
import { cancelSuite } from './cancel-suite.js';
import { filesSuite } from './files-suite.js';
import { writeSuite } from './write-suite.js';

writeSuite(() => ({}));
filesSuite(() => ({}));
cancelSuite(() => ({}));

test('the injected database inside a write is refused at once instead of waiting for itself', async () => {
  await using scripted = await openScripted();
  const number = await scripted.push();
  script.slice = (service, _job, context) => {
    context.write(async () => void (await scripted.knex('progress_manager').select('id')));
    service.advance(1, 1);
    return true;
  };
  const begunAt = performance.now();
  const { error } = await scripted.carried(number);
  expect(error?.message).toMatch(/The database was called inside a context\.write callback/);
  expect(performance.now() - begunAt).toBeLessThan(2000);
});
