/**
 * The one script: defines <progress-panel>, <progress-badge>, <progress-status>, <progress-toasts> and <progress-start>
 * for any page, and <progress-page> for our own.
 */
import './badge/progress-badge.js';
import './panel/progress-panel.js';
import './start/progress-start.js';
import './status/progress-status.js';
import './toasts/progress-toasts.js';
import './page/progress-page.js';
