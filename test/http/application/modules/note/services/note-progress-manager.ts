import { AbstractProgressManager, type JobContext, type ProgressJob } from 'progress-manager';

/** Writes its text into a file, `note.txt`, in one slice. Says what it was pushed to say, line by line and item by item. */
export class NoteProgressManager extends AbstractProgressManager {
  async executeProgressJob({ data }: ProgressJob, { files, log, item, tell }: JobContext): Promise<boolean> {
    await files.append('note.txt', (data as { text?: string }).text ?? '0123456789');
    const { lines = [], told = [], failed = [], skipped = [] } = data as Record<string, readonly string[]>;
    for (const line of lines) log(line === 'bad' ? 'error' : 'info', line, { length: line.length });
    for (const text of told) tell(text);
    for (const key of failed) item(key, 'failed', `${key} is wrong`);
    for (const key of skipped) item(key, 'skipped');
    this.setResult({ url: 'note.txt' });
    this.advance(1, 1);
    return true;
  }
}
