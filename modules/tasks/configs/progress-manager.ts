import { type ClassOf, defineProgressManager, faultOfMethod } from 'progress-manager';
import type { TaskData } from '../services/task-data.js';
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
    /** A class, by the name of a method that tasks call, each with its task. */
    taskMethod: ClassOf<object>;
  }
}

const limit = Number(process.env.MAX ?? 5);

export default defineProgressManager({
  // How far a method had come nobody knows: it is not begun a second time.
  type: { task: { service: TaskProgressManager, limit, isolation: 'process', whenWorkerLost: 'error' } },
  services: { tasks: Tasks },
  extensionPoint: { taskMethod: faultOfMethod },
});
