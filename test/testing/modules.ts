import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import {
  AbstractProgressManager,
  defineProgressManager,
  inject,
  type JobContext,
  type ProgressJob,
} from 'progress-manager';
import { scriptedJob, type TestBootOptions } from 'progress-manager/testing';

declare module 'progress-manager' {
  interface ProgressJobTypes {
    copy: { readonly names: readonly string[] };
    careless: { readonly names: readonly string[] };
    forgetful: { readonly names: readonly string[] };
  }
  interface Services {
    crmClient: CrmClient;
  }
}

type Names = { readonly names: readonly string[] };

/** Copies one name a slice into the table `copied`, and appends it to a file. */
class CopyProgressManager extends AbstractProgressManager<'copy'> {
  async executeProgressJob({ data, offset }: ProgressJob<'copy'>, { write, files }: JobContext): Promise<boolean> {
    const name = data.names[offset] ?? '';
    await files.append('names.txt', `${name}\n`);
    write(async (transaction) => {
      await transaction('copied').insert({ name });
    });
    this.setMessage(`Copied ${name}`);
    this.advance(offset + 1, data.names.length);
    if (offset + 1 === data.names.length) this.setResult({ copied: data.names.length });
    return true;
  }
}

/** Writes beside the transaction of its slice: after a death it writes again. */
class CarelessProgressManager extends AbstractProgressManager<'careless'> {
  constructor(@inject('knex') private readonly knex: Knex) {
    super();
  }

  async executeProgressJob({ data, offset }: ProgressJob<'careless'>): Promise<boolean> {
    await this.knex('copied').insert({ name: data.names[offset] });
    this.advance(offset + 1, data.names.length);
    return true;
  }
}

/** Counts in a write callback, and forgets that the callback may be run again. */
class ForgetfulProgressManager extends AbstractProgressManager<'forgetful'> {
  async executeProgressJob({ data }: ProgressJob<'forgetful'>, { write }: JobContext): Promise<boolean> {
    let copied = 0;
    write(async (transaction) => {
      for (const name of data.names) {
        await transaction('copied').insert({ name });
        copied++;
      }
      this.setResult({ copied });
      this.advance(1, 1);
    });
    return true;
  }
}

/** Sends one statement after the other, and at the first also one beside it. */
class RestlessProgressManager extends AbstractProgressManager {
  constructor(@inject('knex') private readonly knex: Knex) {
    super();
  }

  async executeProgressJob(): Promise<boolean> {
    const answered = () => void begun.answers++;
    const beside = sleep(50).then(() => this.knex.raw('SELECT 2').then(answered, answered));
    await this.knex.raw('SELECT 1');
    await beside;
    this.advance(1, 1);
    return true;
  }
}

/** How often slices of `counted` were begun, and how often `restless` heard of its second statement. */
export const begun = { slices: 0, answers: 0 };

/** Modules of tests that have no folder. */
export const MODULES = {
  copies: defineProgressManager({
    type: {
      copy: { service: CopyProgressManager },
      careless: { service: CarelessProgressManager },
      restless: { service: RestlessProgressManager },
      forgetful: { service: ForgetfulProgressManager },
    },
  }),
  scripts: defineProgressManager({
    type: {
      steps: scriptedJob(['OK', 'NOT_NOW', 'OK', 'OK']),
      throws: scriptedJob(['OK', 'THROW']),
      tries: { ...scriptedJob(['THROW', 'THROW', 'OK']), retry: { attempts: 3, backoff: { firstMs: 3_600_000 } } },
      fails: scriptedJob(['ERROR']),
      idle: scriptedJob(['OK', 'IDLE', 'OK']),
      hangs: { ...scriptedJob(['HANG']), maxSliceMs: 100 },
      empty: scriptedJob([]),
      endless: scriptedJob((service, job) => {
        service.advance(job.offset + 1);
        return true;
      }),
      never: scriptedJob(() => false),
      counted: scriptedJob((service, job) => {
        begun.slices++;
        service.advance(job.offset + 1, 3);
        return true;
      }),
      whole: { run: () => 'done' },
      pausing: scriptedJob(['OK', 'OK']),
    },
  }),
};

/** Asks what is not there in a test. */
class CrmClient {
  readonly #address = 'http://crm.invalid';

  async nameOf(id: number): Promise<string> {
    throw new Error(`${this.#address}/${id} is far away.`);
  }

  async ping(): Promise<void> {}
}

class GreetProgressManager extends AbstractProgressManager {
  constructor(@inject('crmClient') private readonly crmClient: CrmClient) {
    super();
  }

  async executeProgressJob(): Promise<boolean> {
    this.setMessage(`Hello ${await this.crmClient.nameOf(5)}`);
    this.advance(1, 1);
    return true;
  }
}

/** A type whose service needs another one. */
export const GREETING = {
  greeting: defineProgressManager({
    services: { crmClient: CrmClient },
    type: { greet: { service: GreetProgressManager } },
  }),
};

/** How often `uneven` was counted: every other count takes longer. */
const counts = { begun: 0 };

/** Its total is counted beside the work, now faster than a slice, now slower. */
class UnevenProgressManager extends AbstractProgressManager {
  constructor(@inject('knex') private readonly knex: Knex) {
    super();
  }

  async countTotal(): Promise<number> {
    if (++counts.begun % 2 === 0) await sleep(30);
    await this.knex.raw('SELECT 420');
    return 420;
  }

  async executeProgressJob(): Promise<boolean> {
    await this.knex.raw('SELECT 1');
    this.setCounts({ processed: 210 });
    this.setStatus('success');
    return true;
  }
}

/** A type that says its total by `countTotal`. */
export const COUNTED = { counting: defineProgressManager({ type: { uneven: { service: UnevenProgressManager } } }) };

/** A type whose jobs are pushed by the clock, each hour. */
export const HOURLY: TestBootOptions['modules'] = {
  hours: {
    type: { hourly: scriptedJob(['OK']) },
    schedule: { each_hour: { cron: '0 * * * *', type: 'hourly', data: ({ time }) => ({ time }) } },
  },
};

/** What the condition of `throttled` says, ms, and when it was asked last. */
export const held: { ms: number | undefined; askedAt: string } = { ms: 0, askedAt: '' };

/** Types that hold their jobs back; to look at them takes statements. */
export const HELD_BACK = {
  held: defineProgressManager({
    type: {
      throttled: {
        ...scriptedJob(['OK', 'OK']),
        throttle: ({ now }) => {
          held.askedAt = now.toISOString();
          return held.ms;
        },
      },
      rated: { ...scriptedJob(['OK']), rate: { limit: 2, per: 1000 } },
    },
  }),
};

/** The table that these jobs write. */
export async function makeTable({ knex }: { readonly knex: Knex }): Promise<void> {
  await knex.schema.createTable('copied', (table) => {
    table.increments('id');
    table.string('name', 50);
  });
}

export const NAMES: Names = { names: ['a', 'b'] };

/** What the table holds, in order. */
export function copied({ knex }: { readonly knex: Knex }): Promise<readonly string[]> {
  return knex('copied').orderBy('id').pluck('name');
}
