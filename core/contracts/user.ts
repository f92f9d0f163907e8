/** Somebody who may see and do things. Admins see and do everything, others only what is theirs. */
export interface User {
  readonly id: string;
  readonly isAdmin: boolean;
}

/** The application itself: calls in code that name no user act as it. */
export const APPLICATION: User = { id: '', isAdmin: true };
