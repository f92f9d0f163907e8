import { describeError } from '../core/contracts/describe-error.js';
import { ConfigurationError, ProgressManagerError } from '../core/contracts/errors.js';

/** The part of a stream that is used here. */
export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const WIDTH_WITHOUT_TERMINAL = 100;
const COLOURS = { red: 31, green: 32, yellow: 33, cyan: 36, grey: 90 } as const;

export type Colour = keyof typeof COLOURS;

/** What a command says: to people in words, with `--json` to programs as one document on stdout and nothing else there. */
export class Output {
  /** Set by `--json`. */
  isJson = false;
  readonly #hasColour: boolean;
  #isLineOpen = false;

  constructor(
    readonly stdout: TextStream,
    private readonly stderr: TextStream,
    env: Readonly<Record<string, string | undefined>>,
  ) {
    this.#hasColour = stdout.isTTY === true && !env.NO_COLOR;
  }

  /** Columns of the terminal. */
  get width(): number {
    return this.stdout.columns ?? WIDTH_WITHOUT_TERMINAL;
  }

  /** The outcome of a command: a document, or the same in words, where there are any. Called once. */
  result(document: unknown, words?: () => string): void {
    this.stdout.write(this.isJson || !words ? `${JSON.stringify(document, undefined, 2)}\n` : `${words()}\n`);
  }

  /** One of many changes: a line of JSON, or of words; in a terminal the words are drawn over the last ones. */
  change(document: unknown, words: (width: number) => string): void {
    if (this.isJson) {
      this.stdout.write(`${JSON.stringify(document)}\n`);
    } else if (this.stdout.isTTY) {
      // One column less: a line that fills the terminal wraps, and would not be drawn over.
      this.stdout.write(`\r\x1b[2K${words(this.width - 1)}`);
      this.#isLineOpen = true;
    } else {
      this.stdout.write(`${words(this.width)}\n`);
    }
  }

  /** One of many: a line of JSON, or of words, each on a line of its own. */
  line(document: unknown, words: () => string): void {
    this.stdout.write(this.isJson ? `${JSON.stringify(document)}\n` : `${words()}\n`);
  }

  /** After the last change: what follows begins on a new line. */
  endChanges(): void {
    if (this.#isLineOpen) this.stdout.write('\n');
    this.#isLineOpen = false;
  }

  /** Words beside the result, for people: on stderr. */
  note(words: string): void {
    this.stderr.write(`${words}\n`);
  }

  /** Why a command failed: words on stderr, and with `--json` the document on stdout. */
  failure(error: unknown): void {
    this.endChanges();
    const message = describeError(error);
    if (this.isJson) this.result({ error: { code: codeOf(error), message, ...faultsOf(error) } }, () => message);
    this.note(message);
  }

  /** As `failure`, of a command line that could not be read, when words about it were said already. */
  usageFailure(message: string): void {
    this.result({ error: { code: 'usage', message } }, () => message);
  }

  colour(colour: Colour, text: string): string {
    return this.#hasColour ? `\x1b[${COLOURS[colour]}m${text}\x1b[39m` : text;
  }
}

function codeOf(error: unknown): string {
  return error instanceof ProgressManagerError ? error.code : 'failed';
}

function faultsOf(error: unknown): object {
  return error instanceof ConfigurationError ? { faults: error.faults } : {};
}
