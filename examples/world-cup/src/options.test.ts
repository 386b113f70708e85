import { expect, test } from 'vitest';
import { parseOptions } from './options.ts';

const parse = (...args: string[]): unknown => parseOptions(args, {});

test('scores 50 000 predictions of both contests with 3 workers in SQL when nothing is said', () => {
  expect(parse()).toEqual({
    kind: 'options',
    options: {
      predictions: 50_000,
      workers: 3,
      contests: ['draw', 'kicktipp'],
      backend: 'sql',
      databaseUrl: undefined,
      seed: 2026,
      json: false,
      plant: false,
      otel: false,
    },
  });
});

test('--database-url wins over DATABASE_URL, and an empty DATABASE_URL is none', () => {
  const url = (args: string[], environment: Record<string, string>): unknown => {
    const parsed = parseOptions(args, environment);
    return parsed.kind === 'options' ? parsed.options.databaseUrl : parsed;
  };
  expect(url([], { DATABASE_URL: 'postgres://a/b' })).toBe('postgres://a/b');
  expect(url(['--database-url', 'postgres://c/d'], { DATABASE_URL: 'postgres://a/b' })).toBe('postgres://c/d');
  expect(url([], { DATABASE_URL: '' })).toBeUndefined();
});

test.each([
  [['--predictions', '0'], '--predictions must be a whole number from 1 to 10000000, got "0".'],
  [['--predictions', '-5'], `Option '--predictions' argument is ambiguous. See --help.`],
  [['--predictions=-5'], '--predictions must be a whole number from 1 to 10000000, got "-5".'],
  [['--predictions', '1e3'], '--predictions must be a whole number from 1 to 10000000, got "1e3".'],
  [['--predictions', '99999999'], '--predictions must be a whole number from 1 to 10000000, got "99999999".'],
  [['--contest', 'chess'], '--contest must be one of both, draw, kicktipp, got "chess".'],
  [['--backend', 'wasm'], '--backend must be one of sql, js, got "wasm".'],
  [['--seed', 'x'], '--seed must be a whole number from 0 to 4294967295, got "x".'],
  [['--colour'], `Unknown option '--colour'. See --help.`],
  [['now'], `Unexpected argument 'now'. See --help.`],
])('refuses %j, naming the value and what would fit', (args, message) => {
  const parsed = parse(...args);
  expect(parsed).toMatchObject({ kind: 'invalid' });
  expect((parsed as { message: string }).message).toBe(message);
});

test('refuses a database URL without repeating it, because it may hold a password', () => {
  const parsed = parse('--database-url', 'mysql://root:hunter2@db/app');
  expect(parsed).toEqual({
    kind: 'invalid',
    message: '--database-url must look like postgres://user:password@host:5432/database; what it holds does not.',
  });
});
