#!/usr/bin/env node
import { ofThisProcess } from './command-line.js';
import { runCommand } from './program.js';

// Whoever read our output has gone: that is no reason to fail, nor to write about it where nobody reads.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

// exit, not exitCode: a job that was cut and still runs must not keep the process.
process.exit(await runCommand(process.argv.slice(2), ofThisProcess()));
