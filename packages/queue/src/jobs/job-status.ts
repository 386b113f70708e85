import { quote } from '../postgres/identifiers.ts';
import { integer, type Sql } from '../postgres/sql.ts';
import type { Job } from './job.ts';

/** The jobs of one name by what they wait for. A transactional job under way counts as waiting: its claim is not committed. */
export interface JobStatus {
  /** Could be begun now, or are being worked in a transaction. */
  readonly waiting: number;
  /** Wait for a time, a retry's backoff or another job. */
  readonly delayed: number;
  /** Claimed. */
  readonly active: number;
  /** In the dead letters. */
  readonly dead: number;
  readonly paused: boolean;
}

/** Reads pg-boss's tables, since its own counts are a minute old. */
export async function readJobStatus(
  sql: Sql,
  schema: string,
  { queue, deadQueue }: Job<never, never>,
): Promise<JobStatus> {
  const jobs = quote(`${schema}_jobs`);
  const { rows } = await sql.query(
    `select count(*) filter (where state < 'active' and start_after <= clock_timestamp() and not blocked)::int as waiting,
       count(*) filter (where state < 'active' and (start_after > clock_timestamp() or blocked))::int as delayed,
       count(*) filter (where state = 'active')::int as active,
       (select count(*)::int from ${jobs}.job where name = $2 and state < 'completed') as dead,
       exists (select from ${quote(schema)}.job_queue where name = $1 and paused_at is not null) as paused
     from ${jobs}.job where name = $1 and state < 'completed'`,
    [queue, deadQueue],
  );
  const row = rows[0];
  return {
    waiting: integer(row, 'waiting'),
    delayed: integer(row, 'delayed'),
    active: integer(row, 'active'),
    dead: integer(row, 'dead'),
    paused: row?.['paused'] === true,
  };
}
