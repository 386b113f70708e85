import pg from 'pg';
import { vi } from 'vitest';

/** A statement with the values that it was sent with, as it can be explained. */
export interface SentStatement {
  readonly text: string;
  readonly values: unknown[];
}

/** What every connection of this process sends while something runs, named statements too. */
export async function sentWhile(work: () => Promise<unknown>): Promise<SentStatement[]> {
  const sent: SentStatement[] = [];
  const query = pg.Client.prototype.query;
  const spy = vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (
    this: pg.Client,
    ...given: unknown[]
  ) {
    const [first, second] = given;
    const { text, values } =
      typeof first === 'string' ? { text: first, values: second } : (first as { text: unknown; values: unknown });
    if (typeof text === 'string' && Array.isArray(values)) sent.push({ text, values });
    return Reflect.apply(query, this, given);
  });
  try {
    await work();
  } finally {
    spy.mockRestore();
  }
  return sent;
}

/** How Postgres would run a statement, as text. */
export async function planOf(client: pg.ClientBase, { text, values }: SentStatement): Promise<string> {
  const { rows } = await client.query(`explain ${text}`, values);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}
