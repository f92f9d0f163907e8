import { defineProgressManager } from 'progress-manager';
import { CarefulCancelAction } from '../services/careful-cancel-action.js';

/** Puts its own action in the place of core's `cancel`. */
export default defineProgressManager({
  actionService: { cancel: { service: CarefulCancelAction, override: true } },
  type: { careful: { run: () => undefined, action: { error: ['cancel'] } } },
});
