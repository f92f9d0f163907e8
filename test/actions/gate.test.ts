import { type Job, loadRegistry, type Registry, STATUSES, type Status, type User } from 'progress-manager';
import { beforeAll, expect, test } from 'vitest';
import { allowedActions } from '../../core/actions/gate.js';
import { TEST_MODULES } from '../support/boot-for-tests.js';

const OWNER: User = { id: 'ann', isAdmin: false };
let registry: Registry;

beforeAll(async () => {
  registry = await loadRegistry(TEST_MODULES);
});

const job = (changes: Partial<Job>) => ({ type: 'scripted', status: 'new', userId: 'ann', ...changes }) as Job;

test('core offers what a status allows, then come the actions of the job’s type', () => {
  const offered = STATUSES.map((status) => [status, allowedActions(registry, job({ status }), OWNER)]);
  expect(Object.fromEntries(offered)).toEqual({
    new: ['pause', 'cancel', 'press'],
    in_progress: ['pause', 'cancel'],
    paused: ['resume', 'cancel'],
    success: ['close', 'run_again', 'press'],
    error: ['retry', 'close', 'run_again'],
    cancelled: ['retry', 'close', 'run_again'],
  });
});

test('the owner and admins are offered them, others nothing', () => {
  expect(allowedActions(registry, job({}), { id: 'root', isAdmin: true })).toEqual(['pause', 'cancel', 'press']);
  expect(allowedActions(registry, job({}), { id: 'ben', isAdmin: false })).toEqual([]);
  expect(allowedActions(registry, job({}), { id: 'Ann', isAdmin: false }), 'letter case').toEqual([]);
  expect(allowedActions(registry, job({ userId: undefined }), OWNER), 'a job of nobody').toEqual([]);
});

test('a job of a type that no module declares is still cancelled and closed', () => {
  expect(allowedActions(registry, job({ type: 'gone' }), OWNER)).toEqual(['pause', 'cancel']);
  expect(allowedActions(registry, job({ type: 'gone', status: 'success' }), OWNER)).toEqual(['close']);
});

test('a function is one slice: it is offered a pause before it has begun, and none while it runs', () => {
  const offered = (status: Status) => allowedActions(registry, job({ type: 'scripted_run', status }), OWNER);
  expect([offered('new'), offered('in_progress')]).toEqual([['pause', 'cancel'], ['cancel']]);
});

test('an action that is listed twice, or not declared, is offered once, or not', () => {
  const statusAction = { new: ['cancel', 'cancel', 'press', 'nobody_declares_it'] };
  expect(allowedActions({ ...registry, statusAction }, job({}), OWNER)).toEqual(['cancel', 'press']);
});

test('it is pure: nothing it is given changes', () => {
  const frozen = Object.freeze(job({}));
  const before = JSON.stringify([...registry.types.values()]);
  allowedActions(Object.freeze({ ...registry }), frozen, Object.freeze({ ...OWNER }));
  expect(JSON.stringify([...registry.types.values()])).toBe(before);
});
