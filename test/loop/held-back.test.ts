import { heldBackSuite } from './held-back-suite.js';

heldBackSuite(() => ({}));
