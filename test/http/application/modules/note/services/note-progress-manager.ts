import { AbstractProgressManager, type JobContext, type ProgressJob } from 'progress-manager';

/** Writes its text into a file, `note.txt`, in one slice. */
export class NoteProgressManager extends AbstractProgressManager {
  async executeProgressJob({ data }: ProgressJob, { files }: JobContext): Promise<boolean> {
    await files.append('note.txt', (data as { text?: string }).text ?? '0123456789');
    this.setResult({ url: 'note.txt' });
    this.advance(1, 1);
    return true;
  }
}
