import { paceSuite } from './pace-suite.js';

paceSuite(() => ({}));
