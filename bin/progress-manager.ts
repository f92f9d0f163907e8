#!/usr/bin/env node
import { holdSignals } from './held-signals.js';

const letSignalsGo = holdSignals();
const [{ ofThisProcess }, { runCommand }] = await Promise.all([import('./command-line.js'), import('./program.js')]);

// Whoever read our output has gone: that is no reason to fail, nor to write about it where nobody reads.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

const ended = runCommand(process.argv.slice(2), ofThisProcess());
// Not at once: a signal that has come is told when the process waits next.
setImmediate(letSignalsGo);
// exit, not exitCode: a job that was cut and still runs must not keep the process.
process.exit(await ended);
