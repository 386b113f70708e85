import type { LoggerProvider } from '@opentelemetry/api';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { correlated, withCorrelation } from '../traces/correlation.ts';
import { createLog, type LogLine, mixin, toLogger, toStream } from './log.ts';

const lines = (
  options: Parameters<typeof createLog>[0] = {},
): { log: ReturnType<typeof createLog>; got: LogLine[] } => {
  const got: LogLine[] = [];
  return { log: createLog({ ...options, sink: (line) => got.push(line) }), got };
};

test('an event keeps the fields that the catalogue names, and nothing else', () => {
  const { log, got } = lines();
  log.emit('run.finished', {
    run: 'r1',
    projection: 'points_v1',
    duration_ms: 5,
    payload: { secret: 1 },
    password: 'hunter2',
  });
  const { timestamp, ...line } = got[0] ?? { timestamp: '' };
  expect(line).toEqual({
    level: 'info',
    event: 'run.finished',
    category: 'pipeline',
    run: 'r1',
    projection: 'points_v1',
    duration_ms: 5,
  });
  expect(new Date(timestamp).toISOString()).toBe(timestamp);
});

test('a host logs the fields that it has allowed, as one short line, and security events with them', () => {
  const { log, got } = lines({ fields: ['user_id'] });
  log.host('odds_api_error', { user_id: 'u1\n{"event":"forged"}', url: 'https://x?key=secret' }, 'error');
  log.emit('auth_failed', { user_id: 'u2', password: 'hunter2' });
  expect(got).toMatchObject([
    { level: 'error', event: 'odds_api_error', category: 'host', user_id: 'u1 {"event":"forged"}' },
    { level: 'warn', event: 'auth_failed', category: 'security', user_id: 'u2' },
  ]);
  expect(JSON.stringify(got)).not.toMatch(/hunter2|secret/);
});

test('a field of a host does not forge what every line says', () => {
  const { log, got } = lines({
    fields: ['event', 'level', 'timestamp', 'category', 'correlation_id', 'trace_id', 'user_id'],
  });
  withCorrelation('request-7', () =>
    log.host('login', {
      event: 'auth_ok',
      level: 'debug',
      timestamp: '1970',
      correlation_id: 'other',
      trace_id: 'other',
      user_id: 'u1',
    }),
  );
  expect(got).toMatchObject([
    { event: 'login', level: 'info', category: 'host', correlation_id: 'request-7', user_id: 'u1' },
  ]);
  expect(got[0]?.timestamp).not.toBe('1970');
  expect(got[0]?.trace_id).toBeUndefined();
});

test('nothing in a field colours, turns round or hides what stands beside it', () => {
  const { log, got } = lines({ fields: ['user_id'] });
  const user_id = 'a\u001b[31mb\u202ec\u2066d\u200be\ufefff\u2028g\u0085h\ud800i \u00fc\u{1f642}';
  log.host('login', { user_id });
  expect(got[0]?.['user_id']).toBe('a [31mb c d e f g h i \u00fc\u{1f642}');
  log.host('login', { user_id: `${'x'.repeat(199)}\u{1f642}` });
  expect(got[1]?.['user_id']).toBe(`${'x'.repeat(199)} `);
});

test('a number that has no JSON is left out, as a collector would refuse all that is sent with it', () => {
  const { log, got } = lines();
  log.emit('run.finished', { run: 'r1', duration_ms: Number.NaN });
  log.emit('run.finished', { run: 'r1', duration_ms: Number.POSITIVE_INFINITY });
  for (const line of got) expect(line).not.toHaveProperty('duration_ms');
});

test('an exported event names the queue that it is about, as its line does, not the one that it happened in', () => {
  const records: { attributes?: Record<string, unknown> }[] = [];
  const loggerProvider = {
    getLogger: () => ({ emit: (record: object) => records.push(record) }),
  } as unknown as LoggerProvider;
  const { log, got } = lines({ loggerProvider, level: 'debug' });
  correlated({ correlation_id: 'request-7', queue: 'jobs/outer', job: 'j1' }, () =>
    log.emit('job.enqueued', { queue: 'jobs/inner', accepted: 1 }),
  );
  expect(got).toMatchObject([{ queue: 'jobs/inner', correlation_id: 'request-7' }]);
  expect(records).toMatchObject([{ attributes: { queue: 'jobs/inner', correlation_id: 'request-7', job: 'j1' } }]);
});

test('a sink that throws fails nobody who logs, and is told of through OpenTelemetry, once', () => {
  const records: { eventName?: string; attributes?: Record<string, unknown> }[] = [];
  const loggerProvider = {
    getLogger: () => ({ emit: (record: object) => records.push(record) }),
  } as unknown as LoggerProvider;
  const log = createLog({
    loggerProvider,
    sink: () => {
      throw Object.assign(new Error('write to /var/secret'), { code: 'ENOSPC' });
    },
  });
  for (let i = 0; i < 3; i++) log.host('login');
  expect(records.map(({ eventName }) => eventName)).toEqual(['login', 'telemetry.failed', 'login', 'login']);
  expect(records[1]?.attributes).toMatchObject({ where: 'log', code: 'ENOSPC' });
  const refusing = { getLogger: () => ({ emit: () => expect.unreachable() }) } as unknown as LoggerProvider;
  expect(() => createLog({ loggerProvider: refusing }).host('login')).not.toThrow();
});

test('whatever is logged, a line is one line of JSON', () => {
  // Any code units, halves of surrogate pairs and control characters among them.
  const text = fc.array(fc.nat({ max: 0xffff })).map((units) => String.fromCharCode(...units));
  fc.assert(
    fc.property(text, text, (event, value) => {
      let written = '';
      createLog({ fields: ['user_id'], sink: toStream({ write: (text) => (written += text) }) }).host(event, {
        user_id: value,
      });
      expect(written.split('\n')).toHaveLength(2);
      expect(JSON.parse(written)).toHaveProperty('event');
    }),
  );
});

test('events below the level are not emitted', () => {
  const { log, got } = lines({ level: 'warn' });
  log.emit('run.finished', { run: 'r1' });
  log.emit('item.parked', { run: 'r1' });
  expect(got.map((line) => line.event)).toEqual(['item.parked']);
});

test('inside a correlation each line and the mixin carry its id, without any SDK', async () => {
  const { log, got } = lines();
  await withCorrelation('request-7', async () => {
    await Promise.resolve();
    expect(mixin()).toEqual({ correlation_id: 'request-7' });
    log.host('done');
  });
  expect(mixin()).toEqual({});
  expect(got[0]?.correlation_id).toBe('request-7');
  withCorrelation('not an id\n', () => expect(mixin()['correlation_id']).toMatch(/^[\da-f-]{36}$/));
});

test('a logger with methods per level, such as pino, gets the fields and the event as its message', () => {
  const calls: unknown[] = [];
  const method = (level: string) => (fields: object, message: string) => calls.push([level, fields, message]);
  const logger = { debug: method('debug'), info: method('info'), warn: method('warn'), error: method('error') };
  createLog({ sink: toLogger(logger) }).emit('item.parked', { run: 'r1' });
  expect(calls).toEqual([['warn', { event: 'item.parked', category: 'pipeline', run: 'r1' }, 'item.parked']]);
});
