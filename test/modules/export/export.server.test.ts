import { describe } from 'vitest';
import { Application } from '../application.js';
import { onServer } from '../on-server.js';
import { describeExport } from './export-behaviour.js';

describe('the server', () => describeExport(() => onServer(Application.boot)));
