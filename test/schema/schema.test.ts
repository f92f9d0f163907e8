import { test } from 'vitest';
import { compareSchema } from './compare-schema.js';

test('the migrations make the checked-in schema on SQLite', () => compareSchema('sqlite::memory:', 'sqlite.sql'));
