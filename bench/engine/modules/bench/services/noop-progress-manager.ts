import { AbstractProgressManager } from 'progress-manager';

/** One slice, and success. */
export class NoopProgressManager extends AbstractProgressManager {
  override executeProgressJob(): boolean {
    this.advance(1, 1);
    return true;
  }
}
