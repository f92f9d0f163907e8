import { defineRoutes } from 'progress-manager';
import { TaskRoutes } from './services/task-routes.js';

export default defineRoutes({ prefix: '/api/tasks', service: TaskRoutes });
