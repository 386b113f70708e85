import { testDatabase } from '../../../../tooling/test-database.ts';
import { connect } from '../connect.ts';
import type { Keep } from '../keep.ts';
import { onDatabase } from './contest.ts';

/** A host with one table, `effect`, and a connection that is stopped whatever happens. */
export async function withKeep(work: (keep: Keep, url: string) => Promise<void>): Promise<void> {
  const { url } = await testDatabase();
  await createEffects(url);
  const keep = await connect({ url, poolSize: 20 });
  try {
    await work(keep, url);
  } finally {
    await keep.stop();
  }
}

/** A row for each effect of a job: a second one for the same `n` can be seen, not prevented. */
export const createEffects = (url: string): Promise<unknown> =>
  onDatabase(url, (client) =>
    client.query('create table effect (n int not null, key text, at timestamptz not null default clock_timestamp())'),
  );

/** What jobs have done, in order. */
export const effects = (url: string): Promise<number[]> =>
  onDatabase(url, async (client) =>
    (await client.query('select n from effect order by n')).rows.map(({ n }) => Number(n)),
  );

/** How many jobs of a queue are in each of pg-boss's states. */
export const states = (url: string, queue: string): Promise<Record<string, number>> =>
  onDatabase(url, async (client) => {
    const { rows } = await client.query(
      'select state, count(*)::int from scorekeep_jobs.job where name = $1 group by state',
      [queue],
    );
    return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  });

export const INSERT = 'insert into effect (n) values ($1)';

/** 1 to `count`. */
export const numbers = (count: number): { n: number }[] => Array.from({ length: count }, (_, i) => ({ n: i + 1 }));
