import { defineProgressManager } from 'progress-manager';
import { callFault } from '../services/calls.js';

declare module 'progress-manager' {
  interface Extensions {
    /** The job type that an address `module/method` starts: `{ 'campaign/addRecipients': 'addRecipients' }`. */
    mobizonCall: string;
  }
}

export default defineProgressManager({ extensionPoint: { mobizonCall: callFault } });
