import { defineRoutes } from 'progress-manager';
import { keyIn } from './services/http-as-espo.js';
import { NotificationRoutes } from './services/notification-routes.js';
import { ProgressManagerRoutes } from './services/progress-manager-routes.js';

export default defineRoutes([
  { prefix: '/api/v1/ProgressManager', service: ProgressManagerRoutes, keyIn },
  { prefix: '/api/v1/Notification', service: NotificationRoutes, keyIn },
]);
