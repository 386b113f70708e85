import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import type { PostgresOptions } from './start-postgres.ts';

/** Refuses what would fail later with a worse message. */
export function checkOptions({ directory, port, settings = {}, timeout }: PostgresOptions): void {
  if (directory === '' || directory?.includes('\0')) {
    throw invalid(`directory must be a path, got ${JSON.stringify(directory)}; leave it out for a temporary database`, {
      directory,
    });
  }
  if (port !== undefined && (!Number.isInteger(port) || port < 1 || port > 65_535)) {
    throw invalid(`port must be a whole number from 1 to 65535, got ${port}; leave it out for a free one`, { port });
  }
  if (timeout !== undefined && !(timeout > 0 && timeout <= 2 ** 31 - 1)) {
    throw invalid(`timeout must be milliseconds above 0 and at most ${2 ** 31 - 1}, got ${timeout}`, { timeout });
  }
  for (const [setting, value] of Object.entries(settings)) {
    const text = String(value);
    if (!/^[a-z_][\w.]*$/i.test(setting) || text.includes('\0') || text.length > 10_000) {
      throw invalid(
        `setting ${JSON.stringify(setting)} = ${JSON.stringify(text.slice(0, 100))} is no server setting; use a name from postgresql.conf`,
        { setting },
      );
    }
    const remedy = OURS[setting.toLowerCase()];
    if (remedy !== undefined)
      throw invalid(`setting ${JSON.stringify(setting)} is fixed by startPostgres; ${remedy}`, { setting });
  }
}

/** Settings on which the start itself relies. */
const OURS: Readonly<Record<string, string>> = {
  config_file: 'give single settings instead',
  data_directory: 'use the option directory',
  external_pid_file: 'use pid of the result',
  hba_file: 'only scram-sha-256 over 127.0.0.1 is allowed',
  ident_file: 'only scram-sha-256 over 127.0.0.1 is allowed',
  listen_addresses: 'it listens on 127.0.0.1 only; run a server of your own to serve other hosts',
  logging_collector: 'the end of the log comes with a failed start',
  port: 'use the option port',
  unix_socket_directories: 'connect to 127.0.0.1',
};

const invalid = (message: string, fields: Record<string, unknown>): EmbeddedPostgresError =>
  new EmbeddedPostgresError('OPTION_INVALID', `startPostgres: ${message}`, fields);
