import { describe } from 'vitest';
import { describeKills } from './kills-behaviour.js';

describe('SQLite', { timeout: 60_000 }, () => describeKills());
