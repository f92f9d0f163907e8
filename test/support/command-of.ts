import { boot } from 'progress-manager';
import { Output } from '../../bin/output.js';
import { runCommand } from '../../bin/program.js';

/** The command line on the modules of another folder: `command-of.ts <root> <words …>`. */
const [root = '', ...words] = process.argv.slice(2);
const output = new Output(process.stdout, process.stderr, process.env);
process.exit(await runCommand(words, { root, env: process.env, output, boot }));
