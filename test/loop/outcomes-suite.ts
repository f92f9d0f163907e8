import type { BootOptions } from 'progress-manager';
import { interruptedSuite } from './interrupted-suite.js';
import { mistakesSuite } from './mistakes-suite.js';
import { recordedSuite } from './recorded-suite.js';

/** What each end of a slice means for its job: a test per row of the table in the README. */
export function outcomesSuite(database: () => Partial<BootOptions>): void {
  recordedSuite(database);
  interruptedSuite(database);
  mistakesSuite(database);
}
