import { outcomesSuite } from './outcomes-suite.js';

outcomesSuite(() => ({}));
