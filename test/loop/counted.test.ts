import { countedSuite } from './counted-suite.js';

countedSuite(() => ({}));
