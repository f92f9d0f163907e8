import { defineProgressManager } from 'progress-manager';
import { MassAction } from '../services/mass-action.js';
import { type MassActionData, massRemoveSchema, massUpdateSchema } from '../services/mass-action-data.js';
import { MassActionProgressManager } from '../services/mass-action-progress-manager.js';

declare module 'progress-manager' {
  interface ProgressJobTypes {
    massUpdate: MassActionData;
    massRemove: MassActionData;
  }
  interface Services {
    readonly massAction: MassAction;
  }
}

export default defineProgressManager({
  type: {
    massUpdate: { service: MassActionProgressManager, schema: massUpdateSchema, label: 'Mass update' },
    massRemove: { service: MassActionProgressManager, schema: massRemoveSchema, label: 'Mass remove' },
  },
  services: { massAction: MassAction },
});
