import { pruningSuite } from './pruning-suite.js';

pruningSuite(() => ({}));
