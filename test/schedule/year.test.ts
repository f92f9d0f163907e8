import { yearSuite } from './year-suite.js';

yearSuite(() => undefined);
