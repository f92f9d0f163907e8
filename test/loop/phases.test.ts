import { phasesSuite } from './phases-suite.js';

phasesSuite(() => ({}));
