import { InvalidInputError } from '../core/contracts/errors.js';

/** What one name is called in a module's files. */
export interface ModuleNames {
  /** The folder: `monthly-report`. */
  readonly folder: string;
  /** The job type: `monthlyReport`. */
  readonly type: string;
  /** Classes begin with it: `MonthlyReport`. */
  readonly className: string;
  /** Action keys end with it: `monthly_report`. */
  readonly key: string;
  /** What people read: `Monthly report`. */
  readonly label: string;
}

const LONGEST = 30;
const NAME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

/** Throws InvalidInputError for what can be no folder of a module. */
export function moduleNames(name: string): ModuleNames {
  if (!NAME.test(name) || name.length > LONGEST) {
    throw new InvalidInputError(
      'name',
      `must be small letters and digits, words joined by "-", at most ${LONGEST} characters, for example monthly-report.`,
    );
  }
  if (name === 'core') throw new InvalidInputError('name', '"core" is the name of what is built in. Choose another.');
  const words = name.split('-');
  const className = words.map(capitalized).join('');
  return {
    folder: name,
    type: className.charAt(0).toLowerCase() + className.slice(1),
    className,
    key: words.join('_'),
    label: capitalized(words.join(' ')),
  };
}

const capitalized = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
