import type { User } from '../core/contracts/user.js';

/** Whose eyes the command line sees jobs with: everything is shown, and every action an admin may press. */
export const ADMIN: User = { id: 'command-line', isAdmin: true };
