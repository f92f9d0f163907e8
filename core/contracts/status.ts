/** The states a job can be in, which of them are final, and every way from one to another. */

export const STATUSES = ['new', 'in_progress', 'paused', 'success', 'error', 'cancelled'] as const;

export type Status = (typeof STATUSES)[number];

/** What each status says to a person, as a label and as a sentence. */
export const STATUS_WORDS: Readonly<Record<Status, { readonly label: string; readonly sentence: string }>> = {
  new: { label: 'New', sentence: 'Pushed; no worker has begun it.' },
  in_progress: { label: 'In progress', sentence: 'At least one slice was begun; more may follow.' },
  paused: { label: 'Paused', sentence: 'A person stopped it for a while; it keeps its offset and its key.' },
  success: { label: 'Success', sentence: 'It came to its end; progress is 100.' },
  error: { label: 'Error', sentence: 'It ended without success; the row says why.' },
  cancelled: { label: 'Cancelled', sentence: 'A person ended it; nothing it does afterwards is accepted.' },
};

/** Statuses that only an explicit retry leaves. */
export const TERMINAL_STATUSES = ['success', 'error', 'cancelled'] as const satisfies readonly Status[];

/** All others: of jobs that have not ended. */
export const UNFINISHED_STATUSES = ['new', 'in_progress', 'paused'] as const satisfies readonly Exclude<
  Status,
  (typeof TERMINAL_STATUSES)[number]
>[];

export type TerminalStatus = (typeof TERMINAL_STATUSES)[number];

/** Every allowed change of status, with its reason. What is not listed does not happen. */
export const TRANSITIONS: readonly { readonly from: Status; readonly to: Status; readonly because: string }[] = [
  { from: 'new', to: 'in_progress', because: 'a worker claimed it' },
  { from: 'new', to: 'cancelled', because: 'a person cancelled it' },
  { from: 'new', to: 'paused', because: 'a person paused it' },
  { from: 'in_progress', to: 'success', because: 'its last slice was recorded' },
  { from: 'in_progress', to: 'error', because: 'a slice failed, or its worker was lost and it cannot resume' },
  { from: 'in_progress', to: 'cancelled', because: 'a person cancelled it' },
  { from: 'in_progress', to: 'paused', because: 'a person paused it; a slice that runs is still recorded' },
  { from: 'paused', to: 'new', because: 'a person resumed it before any worker had begun it' },
  { from: 'paused', to: 'in_progress', because: 'a person resumed it' },
  { from: 'paused', to: 'success', because: 'the slice that ran when it was paused was its last' },
  { from: 'paused', to: 'error', because: 'the slice that ran when it was paused failed' },
  { from: 'paused', to: 'cancelled', because: 'a person cancelled it' },
  { from: 'error', to: 'new', because: 'a person let it try again' },
  { from: 'cancelled', to: 'new', because: 'a person let it try again' },
];

export function isStatus(value: unknown): value is Status {
  return STATUSES.includes(value as Status);
}

export function isTerminal(status: Status): status is TerminalStatus {
  return (TERMINAL_STATUSES as readonly Status[]).includes(status);
}
