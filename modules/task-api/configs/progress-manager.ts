import { defineProgressManager } from 'progress-manager';
import { TaskApi } from '../services/task-api.js';

declare module 'progress-manager' {
  interface Services {
    readonly taskApi: TaskApi;
  }
}

export default defineProgressManager({ services: { taskApi: TaskApi } });
