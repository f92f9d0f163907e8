/** What the bar of an unfinished job shows at most, in percent: 100 is kept for success. */
export const MOST_WHILE_RUNNING = 99.99;
