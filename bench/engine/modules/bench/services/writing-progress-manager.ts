import { AbstractProgressManager, type JobContext, type ProgressJob } from 'progress-manager';

/** As many slices as its data says, each of which writes one row of its own. */
export class WritingProgressManager extends AbstractProgressManager {
  override executeProgressJob({ offset, data }: ProgressJob, context: JobContext): boolean {
    context.write(async (transaction) => {
      await transaction.raw('INSERT INTO bench_note (text) VALUES (?)', [`slice ${offset}`]);
    });
    this.advance(offset + 1, (data as { slices: number }).slices);
    return true;
  }
}
