import { AbstractProgressManager, type Counts, type ProgressJob } from 'progress-manager';
import { expect, test } from 'vitest';

/** Its setters are public, to be tried. */
class Tried extends AbstractProgressManager {
  executeProgressJob(): boolean {
    return true;
  }

  go(offset: number, total?: number): this {
    this.advance(offset, total);
    return this;
  }

  set(change: {
    progress?: number;
    data?: unknown;
    result?: unknown;
    message?: string;
    counts?: Partial<Counts>;
  }): this {
    if ('progress' in change) this.setProgress(change.progress ?? 0);
    if ('data' in change) this.setData(change.data);
    if ('result' in change) this.setResult(change.result);
    if ('message' in change) this.setMessage(change.message);
    if ('counts' in change) this.setCounts(change.counts ?? {});
    return this;
  }

  get said() {
    const [status, progress, offset, counts] = [
      this.getStatus(),
      this.getProgress(),
      this.getOffset(),
      this.getCounts(),
    ];
    return { status, progress, offset, processed: counts.processed, total: counts.total };
  }
}

const recorded = {
  ...{
    status: 'in_progress',
    progress: 40,
    offset: 4,
    data: { table: 'place' },
    message: 'Reading',
    result: { file: 'a' },
  },
  counts: { processed: 4, total: 10, failed: 1, skipped: 2 },
} as unknown as ProgressJob;

test('before it begins it says what a job without a single slice says', () => {
  const service = new Tried();
  expect(service.said).toEqual({ status: 'new', progress: 0, offset: 0, processed: 0, total: undefined });
  expect([service.getData(), service.getMessage(), service.getResult()]).toEqual([{}, undefined, undefined]);
});

test('it begins from what was recorded, and says only what changed', () => {
  const service = new Tried();
  service.begin(recorded);
  service.set({ message: 'Writing' });
  expect(service.said).toEqual({ status: 'in_progress', progress: 40, offset: 4, processed: 4, total: 10 });
  expect([service.getData(), service.getMessage(), service.getResult()]).toEqual([
    { table: 'place' },
    'Writing',
    { file: 'a' },
  ]);
});

test.each([
  [[1, 4], { status: 'in_progress', progress: 25, offset: 1, processed: 1, total: 4 }],
  [[3, 3], { status: 'success', progress: 100, offset: 3, processed: 3, total: 3 }],
  [[4, 3], { status: 'success', progress: 100, offset: 4, processed: 4, total: 3 }],
  [[0, 0], { status: 'success', progress: 100, offset: 0, processed: 0, total: 0 }],
  [[0, 5], { status: 'in_progress', progress: 0, offset: 0, processed: 0, total: 5 }],
  [[7], { status: 'in_progress', progress: 0, offset: 7, processed: 7, total: undefined }],
] as const)('advance%j says offset, counts, progress and status', ([offset, total], said) => {
  expect(new Tried().go(offset, total as number | undefined).said).toEqual(said);
});

test('a total that was said once stays known, and so does progress, when a slice does not say it', () => {
  const service = new Tried();
  service.begin(recorded);
  expect(service.go(5).said).toEqual({ status: 'in_progress', progress: 40, offset: 5, processed: 5, total: 10 });
});

test('counts that advance does not know are kept beside its own', () => {
  const service = new Tried()
    .set({ counts: { failed: 2 } })
    .go(5, 10)
    .set({ counts: { skipped: 1 } });
  expect(service.getCounts()).toEqual({ processed: 5, total: 10, failed: 2, skipped: 1 });
});

test('a snapshot puts everything back, and what is said afterwards does not reach into it', () => {
  const service = new Tried();
  service.begin(recorded);
  const snapshot = service.snapshot();
  service.go(9, 10).set({ data: {}, message: 'Writing', result: 5, progress: 90, counts: { failed: 9 } });
  service.restore(snapshot);
  expect(service.said).toEqual({ status: 'in_progress', progress: 40, offset: 4, processed: 4, total: 10 });
  expect([service.getData(), service.getMessage(), service.getResult()]).toEqual([
    { table: 'place' },
    'Reading',
    { file: 'a' },
  ]);
});
