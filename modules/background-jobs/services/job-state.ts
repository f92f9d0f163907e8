import { InvalidInputError, type Status, UNFINISHED_STATUSES } from 'progress-manager';

export interface JobState {
  readonly State: 'Active' | 'Completed' | 'Failed' | 'Canceled';
  readonly Состояние: 'Активно' | 'Завершено' | 'ЗавершеноАварийно' | 'Отменено';
  readonly statuses: readonly Status[];
}

/** The four states in both languages, and the statuses that they stand for. All but the first are final. */
const STATES: readonly JobState[] = [
  { State: 'Active', Состояние: 'Активно', statuses: UNFINISHED_STATUSES },
  { State: 'Completed', Состояние: 'Завершено', statuses: ['success'] },
  { State: 'Failed', Состояние: 'ЗавершеноАварийно', statuses: ['error'] },
  { State: 'Canceled', Состояние: 'Отменено', statuses: ['cancelled'] },
];

export const stateOf = (status: Status) => STATES.find(({ statuses }) => statuses.includes(status)) as JobState;

/** The state that is meant, in either language; `Cancelled` too. Throws InvalidInputError. */
export function checkState(field: string, value: unknown): JobState {
  const word = value === 'Cancelled' ? 'Canceled' : value;
  const meant = STATES.find(({ State, Состояние }) => [State, Состояние].some((name) => name === word));
  if (meant) return meant;
  const known = STATES.map(({ State, Состояние }) => `${State} / ${Состояние}`).join(', ');
  throw new InvalidInputError(field, `is no state of a background job. Known: ${known}.`);
}
