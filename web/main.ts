/** The one script: defines <progress-panel> and <progress-start> for any page, and <progress-page> for our own. */
import './panel/progress-panel.js';
import './start/progress-start.js';
import './page/progress-page.js';
