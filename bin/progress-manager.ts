#!/usr/bin/env node
import { ofThisProcess } from './command-line.js';
import { runCommand } from './program.js';

// exit, not exitCode: a job that was cut and still runs must not keep the process.
process.exit(await runCommand(process.argv.slice(2), ofThisProcess()));
