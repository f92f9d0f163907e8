import { openEspo } from './open-espo.js';
import { panelSuite } from './panel-suite.js';

panelSuite(openEspo);
