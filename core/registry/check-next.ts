import { checkOption, isBoolean, isFunction, isPlain, isText, isWhole, kindOf, TEXT, unknownKeys } from './shape.js';

const ENTRY_KEYS = ['name', 'type', 'data', 'options'];
/** Those of a push but for what names one job only. */
const OPTION_KEYS = ['userId', 'isHidden', 'key', 'group', 'priority', 'runAt', 'files', 'secret', 'next'];

/** Everything that is wrong with what follows the jobs of a schedule, a sentence each. */
export function checkNext(at: string, next: unknown): string[] {
  if (next === undefined) return [];
  if (!Array.isArray(next)) return checkEntry(at, next);
  return next.flatMap((entry, index) => checkEntry(`${at}[${index}]`, entry));
}

function checkEntry(at: string, entry: unknown): string[] {
  if (!isPlain(entry))
    return [`${at} is ${kindOf(entry)}. Write { name: 'Report', type: 'report' }, or a list of them.`];
  return [
    ...unknownKeys(entry, ENTRY_KEYS, at),
    ...(['name', 'type'] as const).filter((key) => !isText(entry[key])).map((key) => `${at}.${key} must be ${TEXT}.`),
    ...checkOption(at, entry, 'data', (data) => !isFunction(data), 'the data itself: it is the same for each run'),
    ...checkOptions(`${at}.options`, entry.options),
  ];
}

function checkOptions(at: string, options: unknown): string[] {
  if (options === undefined) return [];
  if (!isPlain(options)) return [`${at} is ${kindOf(options)}. Write the options of a push.`];
  return [
    ...unknownKeys(options, OPTION_KEYS, at),
    ...['userId', 'key', 'group'].flatMap((key) => checkOption(at, options, key, isText, TEXT)),
    ...checkOption(at, options, 'isHidden', isBoolean, 'true or false'),
    ...checkOption(at, options, 'priority', (priority) => isWhole(priority, -5, 5), 'a whole number from -5 to 5'),
    ...checkNext(`${at}.next`, options.next),
  ];
}
