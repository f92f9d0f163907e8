import type { Pushed } from '../core/progress-manager.js';

/** `Pushed job 18 (0193…).`, with those that wait for it, as far as they are known. */
export function pushedText({ id, number, created, next = [] }: Pushed): string {
  if (!created) return `That is job ${number} (${id}), pushed before.`;
  const later = next.map((each) => each.number).join(', ');
  return `Pushed job ${number} (${id})${later && `, and after it ${later}`}.`;
}

/** What a button gives that has pushed a job: `run_again`, `retry_failed`, and those of modules that do as they. */
export function isPushed(result: unknown): result is Pushed & { readonly items?: number } {
  const { id, number, created } = (result ?? {}) as Partial<Record<keyof Pushed, unknown>>;
  return typeof id === 'string' && typeof number === 'number' && typeof created === 'boolean';
}
