import { type JobLogLevel, type LineKind, MOST_PLACES, type NewLine } from '../contracts/job-log.js';
import { detailsText, type Masking, messageText, NOTHING_HIDDEN } from './line-text.js';

/** What waits to be written between two beats, at most: a job that says more must not fill its worker's memory. */
const MOST_LINES = 1000;
const MOST_BYTES = 256 * 1024;
/** The last quarter is kept for warnings, errors and messages. */
const FOR_INFO = 0.75;
/** What a line costs beside its texts, bytes. */
const BESIDE = 64;

/** Where the lines of a child process stand in their lease: after those said before it, before those said after it. */
export const PLACES = { worker: 0, child: 2 ** 10, afterChild: MOST_PLACES / 2 } as const;

/** A line that was said, and when, on the process's monotonic clock, ms. */
export type WaitingLine = Omit<NewLine, 'ageMs'> & { readonly saidAt: number };

/** Which part of the job says it. */
export interface Place {
  readonly attempt: number;
  readonly slice: number;
}

/** What a job has said under its lease and is not known to be written. Lines are kept until then: to write one twice does no harm. */
export class JobLog {
  #lines: WaitingLine[] = [];
  #bytes = 0;
  #dropped = 0;
  #sent = 0;
  /** The last place of the job's child process that is in the table. */
  writtenOfChild = 0;
  /** Bytes that were written since the job's log was last looked at for its limit; the first write looks. */
  readonly #unlooked: Record<LineKind, number> = { log: Number.POSITIVE_INFINITY, message: Number.POSITIVE_INFINITY };
  masking: Masking = NOTHING_HIDDEN;
  /** Told of each line that is kept. */
  onSaid: () => void = () => undefined;

  constructor(
    private next: number,
    private readonly last = MOST_PLACES,
  ) {}

  get isEmpty(): boolean {
    return this.#lines.length === 0 && this.#dropped === 0;
  }

  /** Keeps what a job says; once there is no room, how many lines there were besides. Never throws. */
  say(kind: LineKind, level: JobLogLevel, place: Place, message: unknown, details?: unknown): void {
    if (this.#hasRoom(kind === 'log' && level === 'info' ? FOR_INFO : 1))
      this.add(kind, level, place, message, details);
    else this.#dropped++;
  }

  /** As `say`, of what the loop itself has to say, which is little and is not left out. */
  add(kind: LineKind, level: JobLogLevel, place: Place, said: unknown, given?: unknown, isOnce = false): void {
    if (this.next >= this.last) return void this.#dropped++;
    const message = messageText(said, this.masking);
    const details = detailsText(given, this.masking);
    const bytes = Buffer.byteLength(message) + (details === undefined ? 0 : Buffer.byteLength(details)) + BESIDE;
    const { attempt, slice } = place;
    this.#keep({
      ...{ kind, level, attempt, slice, message, details, bytes, isOnce },
      place: this.next++,
      saidAt: now(),
    });
  }

  /** Lines of the job's child process, with the places that it gave them. */
  take(lines: readonly NewLine[]): void {
    for (const { ageMs, ...line } of lines) {
      if (this.#hasRoom(1)) this.#keep({ ...line, saidAt: now() - ageMs });
      else this.#dropped++;
    }
  }

  /** From here on lines stand after all that the job's child process may say. */
  standAfterChild(): void {
    this.next = Math.max(this.next, PLACES.afterChild);
  }

  /** All that waits, with a line for what there was no room for. */
  waiting(place: Place): readonly NewLine[] {
    if (this.#dropped > 0) {
      const count = this.#dropped;
      this.#dropped = 0;
      this.add(
        'log',
        'warning',
        place,
        `${count} lines were not kept: there is room for ${MOST_LINES}, or ${MOST_BYTES / 1024} KiB, between two beats.`,
      );
    }
    return this.#lines.map(onItsWay);
  }

  /** What has not been given by this method before. */
  unsent(place: Place): readonly NewLine[] {
    const unsent = this.waiting(place).slice(this.#sent);
    this.#sent = this.#lines.length;
    return unsent;
  }

  /** These are in the table. Tells which kinds should be looked at for their limits. */
  written(lines: readonly NewLine[], lookAfterBytes: number): readonly LineKind[] {
    const places = new Set(lines.map(({ place }) => place));
    for (const { kind, bytes, place } of lines) {
      this.#unlooked[kind] += bytes;
      if (place < PLACES.afterChild) this.writtenOfChild = Math.max(this.writtenOfChild, place);
    }
    this.#forget((line) => places.has(line.place));
    const kinds = [...new Set(lines.map(({ kind }) => kind))].filter((kind) => this.#unlooked[kind] > lookAfterBytes);
    for (const kind of kinds) this.#unlooked[kind] = 0;
    return kinds;
  }

  /** All of these places are in the table: somebody else has written them. */
  writtenUpTo(place: number): void {
    this.#forget((line) => line.place <= place);
  }

  #hasRoom(share: number): boolean {
    return this.#lines.length < MOST_LINES * share && this.#bytes < MOST_BYTES * share;
  }

  #keep(line: WaitingLine): void {
    this.#lines.push(line);
    this.#bytes += line.bytes;
    this.onSaid();
  }

  #forget(isWritten: (line: WaitingLine) => boolean): void {
    this.#sent -= this.#lines.slice(0, this.#sent).filter(isWritten).length;
    this.#lines = this.#lines.filter((line) => !isWritten(line));
    this.#bytes = this.#lines.reduce((sum, { bytes }) => sum + bytes, 0);
  }
}

const now = () => performance.now();

const onItsWay = ({ saidAt, ...line }: WaitingLine): NewLine => ({ ...line, ageMs: now() - saidAt });
