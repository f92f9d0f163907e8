import { describe } from 'vitest';
import { Application } from '../application.js';
import { onServer } from '../on-server.js';
import { describeImport } from './import-behaviour.js';

describe('the server', () => describeImport(() => onServer(Application.boot)));
