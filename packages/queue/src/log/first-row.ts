import type pg from 'pg';
import type { NamedQuery } from './ask-again.ts';

/** The columns of a row: as text, which is how Postgres sends them, or as the driver of a host reads them. */
export type Fields = readonly unknown[];

/** Hears of an error, or of what a statement answered. */
type Answer = (error: unknown, result?: { readonly rows: readonly Fields[] }) => void;

/**
 * Runs a named statement that answers one row at most. What the driver does for that by itself, which is to ask what the
 * columns are and to make objects of rows, costs a caller who is alone 4 % of his latency. Drivers other than `pg` in
 * JavaScript are asked in their own way.
 */
export function firstRow(client: pg.ClientBase, query: NamedQuery, answer: Answer): void {
  if (takesQueries(client)) client.query(new FirstRow(query, answer));
  else client.query<unknown[]>({ ...query, rowMode: 'array' }, answer);
}

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
  callback: Answer;
  readonly #rows: Fields[] = [];

  constructor({ name, text, values }: NamedQuery, callback: Answer) {
    this.name = name;
    this.text = text;
    this.values = values;
    this.callback = callback;
  }

  submit(connection: pg.Connection): void {
    // The driver itself notes there, by name and text, what has been parsed.
    const { stream, parsedStatements } = connection as pg.Connection & { parsedStatements: Record<string, string> };
    stream.cork();
    try {
      if (parsedStatements[this.name] === undefined)
        connection.parse({ name: this.name, text: this.text, types: [] }, true);
      connection.bind({ statement: this.name, values: this.values.map(asText) }, true);
      connection.execute({}, true);
      connection.sync();
    } finally {
      stream.uncork();
    }
  }

  handleRowDescription(): void {}

  handleDataRow({ fields }: { readonly fields: Fields }): void {
    this.#rows.push(fields);
  }

  handleCommandComplete(): void {}

  handleError(error: unknown): void {
    this.callback(error);
  }

  handleReadyForQuery(): void {
    this.callback(null, { rows: this.#rows });
  }
}

const asText = (value: unknown): string | null => (value === null ? null : String(value));
