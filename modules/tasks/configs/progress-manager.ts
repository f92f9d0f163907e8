import { defineProgressManager } from 'progress-manager';
import type { Task } from '../services/task.js';
import type { TaskData } from '../services/task-data.js';
import { faultOfMethod, type TaskClass } from '../services/task-methods.js';
import { TaskProgressManager } from '../services/task-progress-manager.js';
import { Tasks } from '../services/tasks.js';

declare module 'progress-manager' {
  interface ProgressJobTypes {
    task: TaskData;
  }
  interface Services {
    readonly tasks: Tasks;
  }
  interface Extensions {
    taskMethod: TaskClass;
  }
  /** What a method is called with. */
  interface Tache extends Task {}
}

export default defineProgressManager({
  // How far a method had come nobody knows: it is not begun a second time.
  type: { task: { service: TaskProgressManager, limit: 5, isolation: 'process', whenWorkerLost: 'error' } },
  services: { tasks: Tasks },
  extensionPoint: { taskMethod: faultOfMethod },
});
