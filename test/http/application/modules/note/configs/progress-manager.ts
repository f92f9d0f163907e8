import { defineProgressManager } from 'progress-manager';
import { z } from 'zod';
import { NoteProgressManager } from '../services/note-progress-manager.js';
import { ShoutAction } from '../services/shout-action.js';
import { ThrowTextAction } from '../services/throw-text-action.js';

/** A module for the tests of the HTTP interface. */
export default defineProgressManager({
  actionService: { shout: ShoutAction, throw_text: ThrowTextAction },
  type: {
    note: {
      service: NoteProgressManager,
      schema: z.strictObject({ text: z.string().optional() }),
      action: { new: ['throw_text'], success: ['shout'] },
    },
    anything: { service: NoteProgressManager },
    audit: { service: NoteProgressManager, access: { start: 'admins' } },
  },
  schedule: {
    noon: { cron: '0 12 * * *', timeZone: 'Europe/Berlin', type: 'note', name: 'The note of noon', userId: 'ann' },
  },
});
