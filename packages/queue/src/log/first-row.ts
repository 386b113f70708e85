import type pg from 'pg';
import type { Row } from '../postgres/sql.ts';
import type { NamedQuery } from './ask-again.ts';

/** The columns of a row: as text, which is how Postgres sends them, or as the driver of a host reads them. */
export type Fields = readonly unknown[];

/** Hears of an error, or of what a statement answered. */
type Answer = (error: unknown, result?: { readonly rows: readonly (Fields | Row)[] }) => void;

/**
 * Runs a named statement that answers one row at most. What the driver does for that by itself, which is to ask what the
 * columns are and to make objects of rows, costs a caller who is alone 4 % of his latency. Drivers other than `pg` in
 * JavaScript are asked in their own way.
 */
export function firstRow(
  client: pg.ClientBase,
  query: NamedQuery,
  milliseconds: number,
  answer: (error: unknown, row?: Fields) => void,
): void {
  const hear: Answer = (error, result) => answer(error, fieldsOf(result?.rows[0]));
  if (takesQueries(client)) client.query(new FirstRow(query, hasTimeout(client) ? milliseconds : undefined, hear));
  else {
    // The driver has this option for one statement too, which its types do not say.
    const config: pg.QueryConfig & { query_timeout: number } = { ...query, query_timeout: milliseconds };
    client.query<Row>(config, hear);
  }
}

/** Whoever wraps a driver may hand on a copy of the query, which it answers in its own way. */
const fieldsOf = (row: Fields | Row | undefined): Fields | undefined =>
  row === undefined || Array.isArray(row) ? row : Object.values(row);

/** Whether a host's own time-out would end statements sooner. */
const hasTimeout = (client: pg.ClientBase): boolean =>
  Boolean((client as { connectionParameters?: { query_timeout?: unknown } }).connectionParameters?.query_timeout);

/** Whether a client takes queries of classes that are not its own. */
function takesQueries(client: pg.ClientBase): boolean {
  const { connection, pipeline } = client as { connection?: Partial<pg.Connection>; pipeline?: boolean };
  return typeof connection?.bind === 'function' && pipeline !== true;
}

/** A query as `pg-cursor` has them: the driver calls its methods, and whoever traces the driver looks for its properties. */
class FirstRow implements pg.Submittable {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
  /** Milliseconds; the driver's or its pool's, where there is none. */
  readonly query_timeout: number | undefined;
  callback: Answer;
  /** By this name and no private one, since whoever wraps a driver may hand on a proxy or a copy; `rows` is an option of the driver's. */
  readonly answered: Fields[] = [];

  constructor({ name, text, values }: NamedQuery, timeout: number | undefined, callback: Answer) {
    this.name = name;
    this.text = text;
    this.values = values;
    this.query_timeout = timeout;
    this.callback = callback;
  }

  submit(connection: pg.Connection): void {
    // The driver itself notes there, by name and text, what has been parsed.
    const { stream, parsedStatements } = connection as pg.Connection & { parsedStatements: Record<string, string> };
    stream.cork?.();
    try {
      if (parsedStatements[this.name] === undefined)
        connection.parse({ name: this.name, text: this.text, types: [] }, true);
      connection.bind({ statement: this.name, values: this.values.map(asText) }, true);
      connection.execute({}, true);
      connection.sync();
    } finally {
      stream.uncork?.();
    }
  }

  handleRowDescription(): void {}

  handleDataRow({ fields }: { readonly fields: Fields }): void {
    this.answered.push(fields);
  }

  handleCommandComplete(): void {}

  handleError(error: unknown): void {
    this.callback(error);
  }

  handleReadyForQuery(): void {
    this.callback(null, { rows: this.answered });
  }
}

const asText = (value: unknown): string | null => (value === null ? null : String(value));
