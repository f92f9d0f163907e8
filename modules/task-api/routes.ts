import { defineRoutes } from 'progress-manager';
import { PREFIX, TaskRoutes } from './services/task-routes.js';

export default defineRoutes({ prefix: PREFIX, service: TaskRoutes });
