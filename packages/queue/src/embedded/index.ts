export { EMBEDDED_ERROR_CODES, type EmbeddedErrorCode, EmbeddedPostgresError } from './embedded-postgres-error.ts';
export { type Postgres, type PostgresOptions, startPostgres } from './start-postgres.ts';
