import { openEspo } from './open-espo.js';
import { workerSuite } from './worker-suite.js';

workerSuite(openEspo);
