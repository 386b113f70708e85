import { expect, test } from 'vitest';
import { readEnvironment } from './environment.ts';
import { COMMON } from './settings.ts';

test('an address of a collector that cannot be used is told as what to set, and not repeated; set to nothing it is none', () => {
  const read = (url: string) => readEnvironment(COMMON, { OTEL_EXPORTER_OTLP_ENDPOINT: url }).collectorUrl;
  for (const url of ['collector:4318', 'ftp://ann:hunter2@collector', 'http//ann:hunter2@collector']) {
    expect(() => read(url)).toThrow(/^OTEL_EXPORTER_OTLP_ENDPOINT must look like http:\/\/127\.0\.0\.1:4318\.[^@]*$/);
  }
  expect(read('')).toBeUndefined();
  expect(read('https://ann:hunter2@collector:4318/otlp')).toBe('https://ann:hunter2@collector:4318/otlp');
});

test('a schema that cannot be one ended the process with a stack and 1: it is told as what to set', () => {
  const read = (schema: string) => readEnvironment(COMMON, { SCOREKEEP_SCHEMA: schema }).schema;
  for (const schema of ['Keep', 'a b', '1st', 'x'.repeat(41), 'a"; drop table b']) {
    expect(() => read(schema)).toThrow(/^SCOREKEEP_SCHEMA must be of a-z, 0-9 and _, at most 40 long\./);
  }
  expect([read('keep_2'), read(' ')]).toEqual(['keep_2', undefined]);
});
