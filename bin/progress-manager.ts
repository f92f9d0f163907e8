#!/usr/bin/env node
import { holdSignals } from './held-signals.js';

const letSignalsGo = holdSignals();
// Late: whatever is imported above is loaded before anything is held.
const [{ ofThisProcess }, { runCommand }] = await Promise.all([import('./command-line.js'), import('./program.js')]);

// Whoever read our output has gone: that is no reason to fail, nor to write about it where nobody reads.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

// Two turns later: what came while modules were evaluated is read when the loop polls next, and let go before, it is lost.
const onCalled = () => void setImmediate(() => setImmediate(letSignalsGo));
// exit, not exitCode: a job that was cut and still runs must not keep the process.
process.exit(await runCommand(process.argv.slice(2), ofThisProcess(), onCalled));
