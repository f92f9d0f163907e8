import { type ChildOptions, MOST_CHILDREN, type NewChild, type PrepareChild } from '../contracts/child-job.js';
import { InvalidInputError, RefusedError } from '../contracts/errors.js';
import type { Job } from '../contracts/job.js';
import type { PreparedJob } from '../contracts/prepared-job.js';
import { tooLate } from './too-late.js';

const MOST_WEIGHT = 1e9;
const OPTIONS = ['weight', 'priority', 'group', 'isHidden', 'secret'];

/** One call of `addChild`. */
interface Added {
  readonly weight: number;
  readonly preparing: Promise<PreparedJob>;
  prepared: PreparedJob | undefined;
}

/** The jobs that one slice adds, each prepared as it is named. They are inserted when the slice is recorded. */
export class SliceChildren {
  readonly #added: Added[] = [];
  #isOver = false;

  constructor(
    private readonly parent: Job,
    private readonly prepare: PrepareChild,
  ) {}

  get size(): number {
    return this.#added.length;
  }

  /** Gives the id that the job will have. Throws as `push`, and when the slice has returned. */
  async add(name: string, type: string, data: unknown, options: ChildOptions = {}): Promise<string> {
    if (this.#isOver) throw tooLate('addChild', 'the job would not be pushed');
    if (this.#added.length === MOST_CHILDREN) {
      throw new RefusedError(
        'too_many',
        `A slice may add ${MOST_CHILDREN} jobs. Add the others when these have ended, or let the children add some.`,
      );
    }
    const { weight = 1, ...others } = checked(options);
    const preparing = this.prepare(this.parent, name, type, data, others);
    const added: Added = { weight, preparing, prepared: undefined };
    this.#added.push(added);
    try {
      added.prepared = await preparing;
    } catch (error) {
      this.#added.splice(this.#added.indexOf(added), 1);
      throw error;
    }
    return added.prepared.job.id;
  }

  /** The slice has returned: nothing more is added. What nobody awaited is waited for, and throws here. */
  async over(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#added.map(({ prepared, preparing }) => prepared ?? preparing));
  }

  /** In the order in which they were added. */
  get jobs(): readonly NewChild[] {
    return this.#added.flatMap(({ weight, prepared }) => (prepared ? { weight, job: prepared.job } : []));
  }

  /** They were not inserted: takes back what was prepared. */
  async forget(): Promise<void> {
    for (const { prepared } of this.#added) await prepared?.forget();
  }
}

function checked(options: ChildOptions): ChildOptions {
  if (typeof options !== 'object' || options === null) throw new InvalidInputError('options', 'must be an object.');
  const unknown = Object.keys(options).find((key) => !OPTIONS.includes(key));
  if (unknown !== undefined) {
    throw new InvalidInputError(unknown, `is no option of addChild. Options are ${OPTIONS.join(', ')}.`);
  }
  const { weight = 1 } = options;
  if (typeof weight !== 'number' || !(weight > 0) || weight > MOST_WEIGHT)
    throw new InvalidInputError('weight', `must be a number above 0, at most ${MOST_WEIGHT}.`);
  return options;
}
