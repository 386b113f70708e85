import { quote } from '../postgres/identifiers.ts';
import { integer, type Row, type Sql, text } from '../postgres/sql.ts';
import type { Control } from './control.ts';

/** A job that was in hand when a process died, or ran out of time. */
export interface Suspect {
  readonly job: string;
  /** How often it was alone in hand. */
  readonly alone: number;
  /** The most jobs that it may share a transaction with, itself included. */
  readonly size: number;
}

/** What a lane has in hand. */
export interface Intent {
  readonly queue: string;
  readonly jobs: readonly string[];
  /** How long it may take. */
  readonly seconds: number;
}

/** What was known when a batch was declared. */
export interface Declared {
  readonly paused: boolean;
  readonly suspects: readonly Suspect[];
}

/**
 * Records what a worker is about to work, where its death does not undo it, and answers what is known of these jobs. One
 * statement on the control connection, which need not wait for the disk: only a crash of the server could lose it, and that
 * is no crash of ours.
 */
export async function declareIntent(control: Control, schema: string, lane: number, intent: Intent): Promise<Declared> {
  const { queue, jobs, seconds } = intent;
  // First, since whoever does not hear the answer does not know whether it was written down.
  control.inHand.set(lane, intent);
  const { rows } = await control.query(
    'declare',
    `with declared as (
       insert into ${quote(schema)}.job_intent (worker, lane, queue, jobs, seconds) values ($1, $2, $3, $4, $5)
       on conflict (worker, lane) do update
       set queue = excluded.queue, jobs = excluded.jobs, seconds = excluded.seconds, began_at = clock_timestamp()
     )
     select exists (select from ${quote(schema)}.job_queue where name = $3 and paused_at is not null) as paused,
       (select json_agg(json_build_object('job', job, 'alone', alone, 'size', size)) from ${quote(schema)}.job_suspect where job = any ($4)) as suspects`,
    [control.worker, lane, queue, jobs, seconds],
  );
  const row = rows[0];
  return { paused: row?.['paused'] === true, suspects: ((row?.['suspects'] ?? []) as Row[]).map(parseSuspect) };
}

const parseSuspect = (row: Row): Suspect => ({
  job: text(row, 'job'),
  alone: integer(row, 'alone'),
  size: integer(row, 'size'),
});

/** Takes the intent back: the worker has nothing in hand any more. */
export async function clearIntent(control: Control, schema: string, lane: number): Promise<void> {
  await control.query('clear', `update ${quote(schema)}.job_intent set jobs = '{}' where worker = $1 and lane = $2`, [
    control.worker,
    lane,
  ]);
  control.inHand.delete(lane);
}

/**
 * Carries over what a process has in hand to its next number, in the transaction that takes it: nobody finds it in the hand of a dead
 * worker from then on. What somebody has found before, and counted as a crash, is taken back: a session was lost, and no process.
 */
export async function carryOver(
  tx: Sql,
  schema: string,
  before: readonly number[],
  worker: number,
  inHand: ReadonlyMap<number, Intent>,
): Promise<void> {
  if (before.length === 0) return;
  // Waits for whoever is about to count, so that his count is there when it is taken back.
  const { rows } = await tx.query(`delete from ${quote(schema)}.job_intent where worker = any ($1) returning lane`, [
    before,
  ]);
  const uncounted = new Set(rows.map((row) => integer(row, 'lane')));
  const intents = [...inHand].map(([lane, intent]) => ({ lane, ...intent }));
  const counted = intents.filter(({ lane }) => !uncounted.has(lane));
  if (counted.length > 0) {
    await takeBack(
      tx,
      schema,
      counted.map(({ jobs }) => jobs),
    );
  }
  await tx.query(
    `insert into ${quote(schema)}.job_intent (worker, lane, queue, jobs, seconds)
     select $1, lane, queue, jobs, seconds from json_to_recordset($2::json) as hand (lane int, queue text, jobs uuid[], seconds int)`,
    [worker, JSON.stringify(intents)],
  );
}

/**
 * Takes the intent back in the transaction that settles its jobs: a process that dies right after has had nothing to do with
 * a job that comes back. Needed only when one does; jobs that are done cannot be suspected of anything.
 */
export async function clearIntentWithin(tx: Sql, schema: string, worker: number, lane: number): Promise<void> {
  await tx.query(`update ${quote(schema)}.job_intent set jobs = '{}' where worker = $1 and lane = $2`, [worker, lane]);
}

/** Forgets what jobs were suspected of, in the transaction that settles them. */
export async function acquit(tx: Sql, schema: string, suspects: readonly Suspect[]): Promise<void> {
  if (suspects.length === 0) return;
  await tx.query(`delete from ${quote(schema)}.job_suspect where job = any ($1)`, [suspects.map(({ job }) => job)]);
}

/** Records that these jobs were in hand when something died: `size` halves, and who was alone is nearer to the end. */
export async function suspect(sql: Sql, schema: string, batches: readonly (readonly string[])[]): Promise<void> {
  await sql.query(
    `insert into ${quote(schema)}.job_suspect (job, crashes, alone, size)
     select job, crashes, alone, greatest(1, smallest / 2) from (${CRASHED}) crashed
     on conflict (job) do update set crashes = job_suspect.crashes + excluded.crashes, alone = job_suspect.alone + excluded.alone,
       size = greatest(1, least(job_suspect.size, excluded.size)), at = clock_timestamp()`,
    [JSON.stringify(batches)],
  );
}

/** The opposite, where nothing died after all. Who is suspected of more stays in small company. */
async function takeBack(tx: Sql, schema: string, batches: readonly (readonly string[])[]): Promise<void> {
  await tx.query(
    `update ${quote(schema)}.job_suspect s set crashes = s.crashes - c.crashes, alone = greatest(0, s.alone - c.alone)
     from (${CRASHED}) c where s.job = c.job`,
    [JSON.stringify(batches)],
  );
  await tx.query(`delete from ${quote(schema)}.job_suspect where job = any ($1) and crashes <= 0`, [batches.flat()]);
}

/** The jobs of batches, given as JSON, each with how many of these it was in, how often alone, and the size of the smallest. */
const CRASHED = `select job, count(*)::int as crashes, (count(*) filter (where n = 1))::int as alone, min(n) as smallest
     from (select (e.value #>> '{}')::uuid as job, json_array_length(b.value) as n from json_array_elements($1::json) b, json_array_elements(b.value) e) each
     group by job order by job`;
