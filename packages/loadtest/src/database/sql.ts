import type pg from 'pg';

/** Where statements go: a pool or a client. */
export type Sql = Pick<pg.Pool | pg.ClientBase, 'query'>;
