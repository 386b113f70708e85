import { isOfAnEvent } from '../event-projections/isolate.ts';
import { buildTable } from '../event-projections/pieces.ts';
import { WORKER_LOST } from '../event-projections/step-intent.ts';
import { publish } from '../facts.ts';
import { safeCode } from '../jobs/outcome.ts';
import { codeOf } from '../postgres/classify-error.ts';
import { integer, type Sql, text } from '../postgres/sql.ts';
import { transaction } from '../postgres/transaction.ts';
import { PROJECTION_LOCK } from '../projections/register.ts';
import type { Refolding } from './refolding.ts';

/**
 * Folds subjects again that are marked, in one transaction with the end of their marks: state and mark move together or not at all.
 * A subject whose fold fails, or ends its process, is taken alone from then on, tried three times more, later each time, and then
 * left as it is until one of its scores changes; no other waits for it.
 *
 * @param number the build; the live one by default, unless it is paused
 * @returns how many were begun; undefined when none is due
 */
export async function refold(refolding: Refolding, number?: number): Promise<number | undefined> {
  const { pool, label } = refolding;
  const picked = await pick(pool, refolding, number);
  if (picked === undefined) return undefined;
  const { build, subjects } = picked;
  if (subjects.length === 0) return 0;
  const started = performance.now();
  try {
    const failed = await transaction(pool, async (tx) => {
      await tx.query('select pg_advisory_xact_lock_shared($1, $2)', [PROJECTION_LOCK, refolding.id]);
      return refoldIn(tx, refolding, build, subjects);
    });
    const milliseconds = performance.now() - started;
    publish('subjects.refolded', { label, build, subjects: subjects.length, failed, milliseconds });
  } catch (error) {
    if (!isOfAnEvent(error)) throw error;
    // Of several nobody knows which: each goes alone.
    const code = subjects.length === 1 ? safeCode(codeOf(error)) : null;
    await postpone(pool, refolding, build, new Map(subjects.map((subject) => [subject, code])));
  }
  return subjects.length;
}

/** Folds what is due, one transaction after the other; answers how many subjects were begun. */
export async function refoldAll(refolding: Refolding): Promise<number> {
  for (let begun = 0; ; ) {
    const subjects = await refold(refolding);
    if (subjects === undefined) return begun;
    begun += subjects;
  }
}

/** Marks subjects of the live build to be folded again: these, or those that were put aside. Answers how many. */
export async function markAgain(sql: Sql, refolding: Refolding, subjects?: readonly string[]): Promise<number> {
  const { id, schema } = refolding;
  const again = 'marked_at = clock_timestamp(), due_at = clock_timestamp(), starts = 1, code = null';
  const { rowCount } =
    subjects === undefined
      ? await sql.query(
          `update ${schema}.refold r set ${again} from ${schema}.projection_build b where b.projection = $1 and b.live and r.projection = $1 and r.build = b.number and r.code is not null`,
          [id],
        )
      : await sql.query(
          `insert into ${schema}.refold (projection, build, subject, starts)
           select $1::int, b.number, x.subject, 1 from ${schema}.projection_build b, unnest($2::text[]) x (subject) where b.projection = $1 and b.live order by 3
           on conflict (projection, build, subject) do update set ${again}`,
          [id, [...new Set(subjects)]],
        );
  return rowCount ?? 0;
}

/**
 * Folds marked subjects in the transaction, those that no writer of scores is at.
 *
 * @returns how many failed
 */
export async function refoldIn(
  tx: Sql,
  refolding: Refolding,
  build: number,
  subjects: readonly string[],
): Promise<number> {
  const { id, schema, label, fold } = refolding;
  const table = buildTable(schema, label, build);
  const { rows } = await tx.query(
    `select subject from ${schema}.refold where projection = $1 and build = $2 and subject = any ($3::text[]) order by subject for update skip locked`,
    [id, build, subjects],
  );
  const held = rows.map((row) => text(row, 'subject'));
  if (held.length === 0) return 0;
  // Statements of their own: their snapshots are newer than the locks, so that no score is missed whose mark was found.
  await tx.query(`delete from ${table} where subject = any ($1::text[])`, [held]);
  const failed = await fold.write(tx, table, held);
  await postpone(tx, refolding, build, failed);
  await tx.query(`delete from ${schema}.refold where projection = $1 and build = $2 and subject = any ($3::text[])`, [
    id,
    build,
    held.filter((subject) => !failed.has(subject)),
  ]);
  const due = `(rate_since is null or rate_since < clock_timestamp() - interval '10 seconds')`;
  await tx.query(
    `update ${schema}.projection_build set passed = passed + $3, rate_at = case when ${due} then passed else rate_at end,
       rate_since = case when ${due} then clock_timestamp() else rate_since end where projection = $1 and number = $2`,
    [id, build, held.length - failed.size],
  );
  return failed.size;
}

interface Picked {
  readonly build: number;
  readonly subjects: readonly string[];
}

/** Takes marks in hand, where the death of the process does not undo it: those never begun together, any other alone. */
async function pick(sql: Sql, { id, schema }: Refolding, number: number | undefined): Promise<Picked | undefined> {
  const due = `r.projection = $1 and r.build = b.number and r.due_at <= clock_timestamp()`;
  const { rows } = await sql.query(
    `with b as (
       select number from ${schema}.projection_build where projection = $1 and number = coalesce($2, number) and (live and paused_at is null or number = $2)
     ), first as (
       select r.starts = 0 as fresh from ${schema}.refold r, b where ${due} order by r.due_at limit 1
     ), picked as (
       select r.build, r.subject from ${schema}.refold r, b, first where ${due} and (r.starts = 0) = first.fresh
       order by r.due_at, r.subject limit case when (select fresh from first) then ${SUBJECTS_MAX} else 1 end for update of r skip locked
     )
     update ${schema}.refold m set starts = m.starts + 1, code = case when m.starts >= ${TRIES} then coalesce(m.code, '${WORKER_LOST}') else m.code end,
       due_at = case when m.starts >= ${TRIES} then 'infinity' else clock_timestamp() + ${QUIET_MS} * power(2, m.starts) * (0.75 + random() / 2) * interval '1 millisecond' end
     from picked where m.projection = $1 and m.build = picked.build and m.subject = picked.subject returning m.build, m.subject, m.starts`,
    [id, number ?? null],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  const begun = rows.filter((one) => integer(one, 'starts') <= TRIES);
  return { build: integer(row, 'build'), subjects: begun.map((one) => text(one, 'subject')) };
}

/** Subjects in one transaction. Those who write scores of one of them wait for it. */
const SUBJECTS_MAX = 200;
/**
 * A mark that was begun and whose lock nobody holds after this is begun again: its process died. Each time it waits about twice as
 * long, so that what dies with another does not do so again.
 */
const QUIET_MS = 500;
/** Once, and three times more. */
const TRIES = 4;

/** Has subjects tried again: those with a code later, each time twice as late; those without at once, alone. */
async function postpone(
  sql: Sql,
  { id, schema }: Refolding,
  build: number,
  codes: ReadonlyMap<string, string | null>,
): Promise<void> {
  if (codes.size === 0) return;
  await sql.query(
    `update ${schema}.refold r set code = coalesce(x.code, r.code),
       due_at = case when x.code is null then clock_timestamp() when r.starts >= ${TRIES} then 'infinity'
         else clock_timestamp() + make_interval(secs => power(2, greatest(r.starts, 1) - 1) * (0.5 + random())) end
     from unnest($3::text[], $4::text[]) x (subject, code) where r.projection = $1 and r.build = $2 and r.subject = x.subject`,
    [id, build, [...codes.keys()], [...codes.values()]],
  );
}
