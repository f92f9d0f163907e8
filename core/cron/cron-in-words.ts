import cronstrue from 'cronstrue';

/** "At 03:00, Monday through Friday"; `undefined` for what has no words: `+MON`, `FRI#L`. */
export function cronInWords(cron: string): string | undefined {
  try {
    return cronstrue.toString(cron, { use24HourTimeFormat: true });
  } catch {
    // The expression itself was read when the process started; words are an extra.
    return undefined;
  }
}
