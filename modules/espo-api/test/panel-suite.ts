import { describe, expect, test } from 'vitest';
import type { OpenEspo } from './open-espo.js';

/** What the panel of TreoCore asks for and is answered, on every kind of database. */
export function panelSuite(open: OpenEspo): void {
  describe('push', () => {
    test('scenario 1: gives false and leaves no row for an unknown type and an empty name, else true', async () => {
      await using at = await open();
      const ann = at.espo.as({ id: 'ann', isAdmin: false });
      expect(await ann.push('Export', 'nope')).toBe(false);
      expect(await ann.push('', 'export')).toBe(false);
      expect(await at.rows()).toBe(0);
      expect(await ann.push('Export', 'export', { a: 1 })).toBe(true);
      const { list } = await at.kit.progressManager.find();
      expect(list).toMatchObject([
        { name: 'Export', type: 'export', status: 'new', progress: 0, offset: 0, userId: 'ann', data: { a: 1 } },
      ]);
      expect(list[0]).toMatchObject({ isHidden: false, isClosed: false });
    });

    test('scenario 10: an apostrophe, a backslash and an emoji come back as they were', async () => {
      await using at = await open();
      const nasty = `O'Brien \\ "quoted" 🎈 %s`;
      expect(await at.espo.push(nasty, 'export', { nasty }, 'ann')).toBe(true);
      const { list } = await at.ask(200, 'ann', 'GET ProgressManager/popupData');
      expect(list).toMatchObject([{ name: nasty }]);
      expect((await at.job(list[0].id)).data).toEqual({ nasty });
    });
  });

  describe('the popup', () => {
    const isShowPopup = 'GET ProgressManager/isShowPopup';
    const popupShowed = 'POST ProgressManager/popupShowed';

    test('scenario 2: opens once for the user of a push, and for nobody else', async () => {
      await using at = await open();
      expect(await at.ask(200, 'ann', isShowPopup)).toBe(false);
      await at.push('ann');
      expect(await at.ask(200, 'ann', isShowPopup)).toBe(true);
      expect(await at.ask(200, 'ben', isShowPopup)).toBe(false);
      expect(await at.ask(200, 'ann', popupShowed, { userId: 'ann' })).toBe(true);
      expect(await at.ask(200, 'ann', isShowPopup)).toBe(false);
      await at.ask(400, 'ann', popupShowed, {});
      await at.push('ann');
      expect(await at.ask(200, 'ann', isShowPopup)).toBe(true);
      expect(await at.ask(200, 'ann', popupShowed, { userId: 'ann' })).toBe(true);
      expect(await at.ask(200, 'ann', isShowPopup)).toBe(false);
    });

    test('opens for a job that has ended while an older one still goes on', async () => {
      await using at = await open();
      await at.kit.progressManager.pause((await at.push('ann')).id);
      await at.ask(200, 'ann', popupShowed, { userId: 'ann' });
      await at.push('ann');
      await at.tick();
      expect(await at.ask(200, 'ann', isShowPopup)).toBe(true);
    });

    test('scenario 2: B12: nobody clears the popup of somebody else, an admin neither', async () => {
      await using at = await open();
      await at.push('ann');
      for (const who of ['ben', 'root'] as const) await at.ask(403, who, popupShowed, { userId: 'ann' });
      expect((await at.send('nobody', popupShowed, { userId: 'ann' })).status).toBe(401);
      expect(await at.ask(200, 'ann', isShowPopup)).toBe(true);
    });

    test('B6: is not lost between pushes and two tabs, raised by a hidden job, or kept twice', async () => {
      await using at = await open();
      await at.push('ann', 'Hidden', {}, true);
      expect(await at.ask(200, 'ann', isShowPopup)).toBe(false);
      await Promise.all(['a', 'b', 'c'].map((name) => at.push('ann', name)));
      const tabs = await Promise.all([1, 2, 3].map(() => at.ask(200, 'ann', popupShowed, { userId: 'ann' })));
      expect(tabs).toEqual([true, true, true]);
      expect(await at.ask(200, 'ann', isShowPopup)).toBe(false);
      expect(await at.kit.knex('espo_popup').select('user_id')).toEqual([{ user_id: 'ann' }]);
      await at.push('ann');
      expect(await at.ask(200, 'ann', isShowPopup)).toBe(true);
    });

    test('a tab that is behind does not raise it again', async () => {
      await using at = await open();
      const { number } = await at.push('ann');
      await at.kit.knex('espo_popup').insert({ user_id: 'ann', shown: number + 5 });
      await at.ask(200, 'ann', popupShowed, { userId: 'ann' });
      expect(Number((await at.kit.knex('espo_popup').first('shown')).shown)).toBe(number + 5);
    });

    test('users whose ids differ in the case of a letter have each their own', async () => {
      await using at = await open();
      await at.push('ann');
      await at.kit.knex('espo_popup').insert({ user_id: 'ANN', shown: 99 });
      expect(await at.ask(200, 'ann', isShowPopup)).toBe(true);
      await at.ask(200, 'ann', popupShowed, { userId: 'ann' });
      expect(await at.ask(200, 'ann', isShowPopup)).toBe(false);
    });

    test('opens for a job that has ended meanwhile, and not for one that was cancelled or closed', async () => {
      await using at = await open();
      const [cancelled, closed] = [await at.push('ann'), await at.push('ann')];
      await at.kit.progressManager.cancel(cancelled.id);
      await at.tick();
      expect(await at.ask(200, 'ann', isShowPopup)).toBe(true);
      await at.kit.progressManager.act(closed.id, 'close');
      expect(await at.ask(200, 'ann', isShowPopup)).toBe(false);
    });
  });

  describe('popupData', () => {
    const popupData = 'GET ProgressManager/popupData';

    test('scenario 3: gives exactly this, and asking changes nothing', async () => {
      await using at = await open();
      const { id } = await at.push('ann');
      const answer = `{"total":1,"list":[{"id":"${id}","name":"Export","progress":0,"status":{"key":"new","translate":"New"},"actions":[{"type":"cancel","data":{}}]}]}`;
      for (let look = 0; look < 2; look++) {
        const response = await at.send('ann', popupData);
        expect([response.status, await response.text()]).toEqual([200, answer]);
      }
      expect(await at.job(id)).toMatchObject({ status: 'new', revision: 0 });
      expect(await (await at.send('ben', popupData)).text()).toBe('{"total":0,"list":[]}');
    });

    test('is in the order of the statuses, of each the newest first, and for the current user alone', async () => {
      await using at = await open();
      const named = async (status: string, names: readonly string[]) => {
        for (const name of names) {
          const { number } = await at.push('ann', name);
          await at.kit.knex('progress_manager').where({ number }).update({ status });
        }
      };
      await named('success', ['h', 'g']);
      await named('cancelled', ['gone']);
      await named('error', ['f']);
      await named('new', ['b', 'a']);
      await named('in_progress', ['d', 'c']);
      await named('paused', ['e']);
      await at.push('ben', "ben's");
      await at.push('ann', 'hidden', {}, true);
      const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name).join('');
      const all = await at.ask(200, 'ann', popupData);
      expect([all.total, names(all.list)]).toEqual([8, 'abcdefgh']);
      for (let maxSize = 1; maxSize <= 9; maxSize++) {
        const some = await at.ask(200, 'ann', `${popupData}?maxSize=${maxSize}`);
        expect([some.total, names(some.list)]).toEqual([8, 'abcdefgh'.slice(0, maxSize)]);
      }
      expect(await at.ask(200, 'root', popupData)).toEqual({ total: 0, list: [] });
    });

    test('has 15 rows unless maxSize says otherwise, and counts all of them', async () => {
      await using at = await open();
      const job = { type: 'export' as string, options: { userId: 'ann' } };
      await at.kit.progressManager.pushMany(Array.from({ length: 1230 }, (_, index) => ({ ...job, name: `${index}` })));
      const sizes = await Promise.all(
        ['', '?maxSize=', '?maxSize=200', '?maxSize=1'].map(async (query) => {
          const { total, list } = await at.ask(200, 'ann', popupData + query);
          return [total, list.length, list[0].name];
        }),
      );
      expect(sizes).toEqual([
        [1230, 15, '1229'],
        [1230, 15, '1229'],
        [1230, 200, '1229'],
        [1230, 1, '1229'],
      ]);
    });

    test('is asked for with few statements: a client asks every two seconds', async () => {
      await using at = await open();
      const statements: string[] = [];
      at.kit.knex.on('query', ({ sql }) => statements.push(sql));
      const looks = async (maxSize: number) => {
        statements.length = 0;
        await at.ask(200, 'ann', `${popupData}?maxSize=${maxSize}`);
        return statements.filter((sql) => sql.includes('created_by_id')).length;
      };
      for (const _ of 'abc') await at.push('ann');
      // Those that are unfinished, those that have ended, how many.
      expect(await looks(200)).toBe(3);
      // Not all of them fit: the unfinished statuses one by one besides, and nothing that has ended.
      expect(await looks(2)).toBeLessThanOrEqual(7);
    });

    test('B5: a job that ends while it is read stays as it is', async () => {
      await using at = await open();
      const { id } = await at.push('ann');
      await Promise.all([at.tick(), at.ask(200, 'ann', popupData), at.ask(200, 'ann', popupData)]);
      await at.ask(200, 'ann', popupData);
      expect(await at.job(id)).toMatchObject({ status: 'success' });
      expect(await at.tick()).toBe(0);
    });
  });

  describe('cancel and close', () => {
    test('scenario 9: cancel answers true, is told before and after, and no slice follows', async () => {
      await using at = await open({
        slice: (service, { offset }) => {
          service.advance(offset + 1, 10);
          return true;
        },
      });
      const { id } = await at.push('ann');
      await at.tick();
      const told: unknown[] = [];
      at.espo.on('beforeCancel', async (payload) => told.push(['before', payload, (await at.job(id)).status]));
      at.espo.on('afterCancel', async (payload) => told.push(['after', payload, (await at.job(id)).status]));
      expect(await at.ask(200, 'ann', `PUT ProgressManager/${id}/cancel`)).toBe(true);
      expect(told).toEqual([
        ['before', { id }, 'in_progress'],
        ['after', { id }, 'cancelled'],
      ]);
      expect(await at.ask(200, 'ann', 'GET ProgressManager/popupData')).toEqual({ total: 0, list: [] });
      expect(await at.tick()).toBe(0);
      expect(await at.job(id)).toMatchObject({ status: 'cancelled', offset: 1 });
      expect(await at.ask(200, 'ann', `PUT ProgressManager/${id}/cancel`), 'sent twice').toBe(true);
      expect(told).toHaveLength(2);
    });

    test('need no body: one that is there is not read, whatever it is', async () => {
      await using at = await open();
      for (const body of ['{"a"', 'x=1', '[]', '{"id":"another"}', '\0']) {
        const { id } = await at.push('ann');
        expect(await at.ask(200, 'ann', `PUT ProgressManager/${id}/cancel`, body), body).toBe(true);
        expect(await at.job(id)).toMatchObject({ status: 'cancelled' });
      }
    });

    test('scenario 9: B11: only the owner and admins may, and there must be such a job', async () => {
      await using at = await open();
      const { id, number } = await at.push('ann');
      for (const action of ['cancel', 'close']) {
        await at.ask(403, 'ben', `PUT ProgressManager/${id}/${action}`);
        await at.ask(403, 'ben', `PUT ProgressManager/${id.toUpperCase()}/${action}`);
        await at.ask(404, 'ben', `PUT ProgressManager/${number}/${action}`);
        await at.ask(404, 'ann', `PUT ProgressManager/0193a2b4-7c1d-7e2f-8a3b-4c5d6e7f8091/${action}`);
        await at.ask(404, 'ann', `PUT ProgressManager/${encodeURIComponent("x' OR '1'='1")}/${action}`);
      }
      expect(await at.job(id)).toMatchObject({ status: 'new', isClosed: false, revision: 0 });
      expect(await at.ask(200, 'root', `PUT ProgressManager/${id}/cancel`)).toBe(true);
    });

    test('close takes a job that has ended out of the panel, also when it is sent twice', async () => {
      await using at = await open();
      const { id } = await at.push('ann');
      await at.ask(409, 'ann', `PUT ProgressManager/${id}/close`);
      await at.tick();
      await at.ask(409, 'ann', `PUT ProgressManager/${id}/cancel`);
      for (let time = 0; time < 2; time++)
        expect(await at.ask(200, 'ann', `PUT ProgressManager/${id}/close`)).toBe(true);
      expect(await at.ask(200, 'ann', 'GET ProgressManager/popupData')).toEqual({ total: 0, list: [] });
      expect(await at.job(id)).toMatchObject({ status: 'success', isClosed: true });
    });
  });
}
