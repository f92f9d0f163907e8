import { walkSuite } from './walk-suite.js';

walkSuite(() => ({}));
