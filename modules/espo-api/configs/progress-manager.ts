import { defineProgressManager } from 'progress-manager';
import { EspoProgressManager } from '../services/espo-progress-manager.js';
import { RequestAction } from '../services/request-action.js';
import { ShowMessageAction } from '../services/show-message-action.js';
import { tells } from '../services/tells.js';

declare module 'progress-manager' {
  interface Services {
    readonly espoProgressManager: EspoProgressManager;
  }
}

export default defineProgressManager({
  actionService: { request: RequestAction, showMessage: ShowMessageAction },
  services: { espoProgressManager: EspoProgressManager },
  hook: {
    beforeRecord: tells('beforeUpdate', ({ job: { id, type }, slice: { status, progress, data } }) => {
      return { id, type, status, progress, data: JSON.stringify(data ?? null) };
    }),
    beforeCancel: tells('beforeCancel', ({ job: { id } }) => ({ id })),
    afterCancel: tells('afterCancel', ({ job: { id } }) => ({ id })),
  },
});
