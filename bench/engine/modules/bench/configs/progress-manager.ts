import { defineProgressManager } from 'progress-manager';
import { CountingProgressManager } from '../services/counting-progress-manager.js';
import { NoopProgressManager } from '../services/noop-progress-manager.js';
import { WritingProgressManager } from '../services/writing-progress-manager.js';

/** Jobs that do nothing, so that what is measured is the engine. */
export default defineProgressManager({
  type: {
    noop: { service: NoopProgressManager },
    counting: { service: CountingProgressManager },
    writing: { service: WritingProgressManager },
  },
});
