import { defineProgressManager } from '../contracts/config.js';
import { CancelStatusAction } from '../services/cancel-status-action.js';
import { CloseStatusAction } from '../services/close-status-action.js';

/** What every job can do, before any module is there. Loaded like a module's config, and first. */
export default defineProgressManager({
  actionService: { cancel: CancelStatusAction, close: CloseStatusAction },
  statusAction: {
    new: ['cancel'],
    in_progress: ['cancel'],
    paused: ['cancel'],
    success: ['close'],
    error: ['close'],
    cancelled: ['close'],
  },
});
