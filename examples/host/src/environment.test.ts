import { describe, expect, test } from 'vitest';
import { EnvironmentInvalid, flag, integer, oneOf, optionalUrl, readEnvironment } from './environment.ts';

const variables = {
  port: integer('PORT', { least: 0, most: 65_535, otherwise: 3_000 }),
  asynchronous: flag('ENABLE_ASYNC_PROCESSING', true),
  backend: oneOf('BACKEND', ['sql', 'js'], 'sql'),
  url: optionalUrl('DATABASE_URL', ['postgres:'], 'postgres://user:password@host:5432/database'),
};

describe('the environment', () => {
  test('what is not set, or set to nothing, has its default', () => {
    expect(readEnvironment(variables, { PORT: '', BACKEND: ' ' })).toEqual({
      port: 3_000,
      asynchronous: true,
      backend: 'sql',
      url: undefined,
    });
  });

  test('every variable that cannot be used is named with its remedy, and none of their values', () => {
    const secret = 'mysql://root:hunter2@db/x';
    const read = (): unknown =>
      readEnvironment(variables, { PORT: '70000', ENABLE_ASYNC_PROCESSING: 'yes', BACKEND: 'c', DATABASE_URL: secret });
    expect(read).toThrow(EnvironmentInvalid);
    expect(read).toThrow(
      [
        'PORT must be a whole number from 0 to 65535. Correct it, or leave it out for 3000.',
        'ENABLE_ASYNC_PROCESSING must be true or false. Correct it, or leave it out for true.',
        'BACKEND must be one of sql, js. Correct it, or leave it out for sql.',
        'DATABASE_URL must look like postgres://user:password@host:5432/database. Correct it, or leave it out.',
      ].join('\n'),
    );
  });

  test.each(['-1', '1e3', '3000.5', '0x10', '٣', '9'.repeat(20)])('%s is no port', (text) => {
    expect(() => readEnvironment(variables, { PORT: text })).toThrow(/^PORT /);
  });
});
