import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { waitSuite } from './wait-suite.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pm-wait-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

waitSuite(() => ({ databaseUrl: `sqlite:${join(folder, 'wait.sqlite')}` }));
