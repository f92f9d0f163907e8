import { describe } from 'vitest';
import { Application } from '../application.js';
import { onServer } from '../on-server.js';
import { describeMassAction } from './mass-action-behaviour.js';

describe('the server', () => describeMassAction(() => onServer(Application.boot)));
