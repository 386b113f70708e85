import { describe, expect, test } from 'vitest';
import { parseCommand } from './options.ts';

const parse = (line: string) => parseCommand(line.split(' ').filter(Boolean), (name) => name === 'world-cup');

describe('ops', () => {
  test.each([
    ['world-cup up', { kind: 'up', host: 'world-cup', workers: undefined, port: undefined }],
    ['world-cup up --workers 5 --port 0', { kind: 'up', host: 'world-cup', workers: 5, port: 0 }],
    ['world-cup scale 20', { kind: 'scale', host: 'world-cup', workers: 20 }],
    ['world-cup scale worker=20', { kind: 'scale', host: 'world-cup', workers: 20 }],
    ['world-cup scale 0', { kind: 'scale', host: 'world-cup', workers: 0 }],
    ['world-cup restart', { kind: 'restart', host: 'world-cup', parts: ['app', 'worker'] }],
    ['world-cup restart worker', { kind: 'restart', host: 'world-cup', parts: ['worker'] }],
    ['world-cup status --json', { kind: 'status', host: 'world-cup', json: true }],
    [
      'world-cup logs worker --lines 5 -f',
      { kind: 'logs', host: 'world-cup', parts: ['worker'], lines: 5, follow: true },
    ],
    ['--yes world-cup reset', { kind: 'reset', host: 'world-cup', yes: true }],
    ['world-cup url', { kind: 'url', host: 'world-cup' }],
  ])('%s is understood', (line, command) => {
    expect(parse(line)).toEqual({ kind: 'command', command });
  });

  test.each([
    ['', 'The first argument is a host, got nothing.'],
    ['../world-cup up', 'The first argument is a host, got "../world-cup".'],
    ['world-cup', 'The second argument is one of up, down, restart, scale, status, logs, reset, url, got nothing.'],
    ['world-cup toString', 'got "toString".'],
    ['world-cup up 3', 'up does not take "3".'],
    ['world-cup up --json', 'up does not take --json.'],
    ['world-cup scale', 'The number of workers is 0 to 64.'],
    ['world-cup scale app=2', 'scale does not take "app=2".'],
    ['world-cup scale 65', 'The number of workers is 0 to 64.'],
    ['world-cup scale -1', "Unknown option '-1'."],
    ['world-cup scale 1 2', 'scale does not take "2".'],
    ['world-cup up --port 65536', '--port is a whole number from 0 to 65535.'],
    ['world-cup restart postgres', 'restart does not take "postgres".'],
    ['world-cup logs --lines many', '--lines is a whole number from 0 to 100000.'],
    ['world-cup down --force', "Unknown option '--force'."],
  ])('"%s" is refused with what is wrong', (line, message) => {
    expect(parse(line)).toEqual({ kind: 'invalid', message: expect.stringContaining(message) });
  });

  test('help is help, whatever is beside it', () => {
    expect(parse('world-cup up --help')).toEqual({ kind: 'help' });
  });
});
