import { AbstractProgressManager, type ProgressJob } from 'progress-manager';

/** As many slices as its data says. */
export class CountingProgressManager extends AbstractProgressManager {
  override executeProgressJob({ offset, data }: ProgressJob): boolean {
    this.advance(offset + 1, (data as { slices: number }).slices);
    return true;
  }
}
