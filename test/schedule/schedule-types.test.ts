import { defineProgressManager } from 'progress-manager';
import { expect, test } from 'vitest';

declare module 'progress-manager' {
  interface ProgressJobTypes {
    typed_report: { readonly day: string };
  }
}

const run = () => undefined;
const type = { typed_report: { run }, undeclared: { run } };
const times = { cron: '0 3 * * *' } as const;

test('a schedule whose data does not fit its type does not compile', () => {
  const config = defineProgressManager({
    type,
    schedule: {
      fits: { ...times, type: 'typed_report', data: { day: 'today' } },
      made: { ...times, type: 'typed_report', data: ({ time }) => ({ day: time.slice(0, 10) }) },
      later: { ...times, type: 'typed_report', data: async ({ schedule }) => ({ day: schedule }) },
      free: { ...times, type: 'undeclared', data: ({ time }) => ({ at: time.length }) },
      bare: { ...times, type: 'undeclared', next: { name: 'Then', type: 'undeclared' } },
    },
  });
  expect(Object.keys(config.schedule ?? {})).toHaveLength(5);

  // @ts-expect-error: a number where the type wants a text
  defineProgressManager({ type, schedule: { wrong: { ...times, type: 'typed_report', data: { day: 1 } } } });
  // @ts-expect-error: a function that makes the same
  defineProgressManager({ type, schedule: { wrong: { ...times, type: 'typed_report', data: () => ({ day: 1 }) } } });
  // @ts-expect-error: no cron
  defineProgressManager({ type, schedule: { wrong: { type: 'undeclared' } } });
  // @ts-expect-error: no type
  defineProgressManager({ type, schedule: { wrong: { ...times } } });
  const next = { name: 'Then', type: 'undeclared', options: { id: '018f2f6e' } } as const;
  // @ts-expect-error: what names one job only
  defineProgressManager({ type, schedule: { wrong: { ...times, type: 'undeclared', next } } });
  // @ts-expect-error: a policy that there is not
  defineProgressManager({ type, schedule: { wrong: { ...times, type: 'undeclared', missed: 'some' } } });
  // @ts-expect-error: a slip in an option
  defineProgressManager({ type, schedule: { wrong: { ...times, type: 'undeclared', timezone: 'UTC' } } });
});
