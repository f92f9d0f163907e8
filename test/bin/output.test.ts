import { ConfigurationError } from 'progress-manager';
import { expect, test } from 'vitest';
import { Output, type TextStream } from '../../bin/output.js';
import { TextCollector } from './run-for-tests.js';

function makeOutput({ isTTY = false, env = {} as Record<string, string> } = {}) {
  const stdout = new TextCollector();
  const stderr = new TextCollector();
  const terminal: TextStream = { write: (text) => stdout.write(text), isTTY, columns: 80 };
  return { stdout, stderr, output: new Output(terminal, stderr, env) };
}

test('with --json a failure is a document on stdout, and words on stderr', () => {
  const { stdout, stderr, output } = makeOutput();
  output.isJson = true;
  output.failure(new ConfigurationError(['one', 'two']));
  expect(JSON.parse(stdout.text)).toEqual({
    error: { code: 'configuration', message: '2 faults:\n  - one\n  - two', faults: ['one', 'two'] },
  });
  expect(stderr.text).toContain('2 faults');
});

test('changes are drawn over each other in a terminal, and are lines elsewhere', () => {
  const terminal = makeOutput({ isTTY: true });
  terminal.output.change({}, () => 'a');
  terminal.output.change({}, () => 'b');
  terminal.output.endChanges();
  expect(terminal.stdout.text).toBe('\r\u001b[2Ka\r\u001b[2Kb\n');

  const file = makeOutput();
  file.output.change({}, () => 'a');
  file.output.change({}, () => 'b');
  file.output.endChanges();
  expect(file.stdout.text).toBe('a\nb\n');
});

test('with --json each change is a line of JSON, also in a terminal', () => {
  const { stdout, output } = makeOutput({ isTTY: true });
  output.isJson = true;
  output.change({ progress: 1 }, () => 'a');
  output.change({ progress: 2 }, () => 'b');
  output.endChanges();
  expect(stdout.text).toBe('{"progress":1}\n{"progress":2}\n');
});

test('colour is for terminals, and NO_COLOR is honoured', () => {
  expect(makeOutput({ isTTY: true }).output.colour('red', 'x')).toBe('\u001b[31mx\u001b[39m');
  expect(makeOutput().output.colour('red', 'x')).toBe('x');
  expect(makeOutput({ isTTY: true, env: { NO_COLOR: '1' } }).output.colour('red', 'x')).toBe('x');
});
