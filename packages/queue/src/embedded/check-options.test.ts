import { describe, expect, test } from 'vitest';
import { checkOptions } from './check-options.ts';

describe('checkOptions', () => {
  test.each([
    [{ port: 0 }, 'port must be a whole number from 1 to 65535, got 0'],
    [{ port: 65_536 }, 'got 65536'],
    [{ port: 54.5 }, 'got 54.5'],
    [{ directory: '' }, 'directory must be a path, got ""'],
    [{ timeout: 0 }, 'timeout must be milliseconds above 0'],
    [{ timeout: Number.NaN }, 'got NaN'],
    [{ settings: { port: 5432 } }, 'setting "port" is fixed by startPostgres; use the option port'],
    [{ settings: { Listen_Addresses: '*' } }, 'it listens on 127.0.0.1 only'],
    [{ settings: { hba_file: 'mine' } }, 'only scram-sha-256'],
    [{ settings: { 'x y': 1 } }, 'setting "x y" = "1" is no server setting'],
    [{ settings: { work_mem: '4\0MB' } }, 'setting "work_mem"'],
  ])('refuses %j', (options, message) => {
    expect(() => checkOptions(options)).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', message: expect.stringContaining(message) }),
    );
  });

  test('takes settings of the server and of extensions', () => {
    checkOptions({
      port: 5432,
      directory: 'data',
      timeout: 1,
      settings: { max_connections: 200, 'auto_explain.log_analyze': true },
    });
  });
});
