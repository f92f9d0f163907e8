import { bootForTests, killAtStatement } from 'progress-manager/testing';
import { MODULES } from './modules.js';

/** A program in which a worker dies; it ends when nothing of the dead one keeps the process. */
const kit = await bootForTests({ modules: MODULES });
const { statements } = await kit.runJob('restless');
await kit.runJob('restless', {}, { kill: killAtStatement(statements.indexOf('SELECT 1') + 1) });
await kit.close();
const closedAt = performance.now();
process.on('exit', () => process.stdout.write(`${Math.round(performance.now() - closedAt)}`));
