import type { QueryResult } from 'pg';
import { isOfAnEvent } from '../event-projections/isolate.ts';
import { buildTable } from '../event-projections/pieces.ts';
import { publish } from '../facts.ts';
import { safeCode, WORKER_LOST } from '../jobs/outcome.ts';
import { codeOf } from '../postgres/classify-error.ts';
import { integer, type Row, type Sql, text } from '../postgres/sql.ts';
import { BEGIN, transaction } from '../postgres/transaction.ts';
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
  if (!(await isAnyDue(pool, refolding, number))) return undefined;
  const started = performance.now();
  let held: Held | undefined;
  try {
    const failed = await transaction(
      pool,
      async (tx, begun) => {
        held = heldOf(begun);
        return refoldHeld(tx, refolding, held);
      },
      beginRefold(refolding, number),
    );
    const { build, subjects } = held as unknown as Held;
    const milliseconds = performance.now() - started;
    publish('subjects.refolded', { label, build, subjects: subjects.length, failed, milliseconds });
  } catch (error) {
    if (!isOfAnEvent(error) || held === undefined) throw error;
    // Of several nobody knows which: each goes alone.
    const code = held.subjects.length === 1 ? safeCode(codeOf(error)) : null;
    await postpone(pool, refolding, held.build, new Map(held.subjects.map((subject) => [subject, code])));
  }
  return held?.subjects.length ?? 0;
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
  const again = 'marked_at = clock_timestamp(), due_at = clock_timestamp(), starts = 1, holder = null, code = null';
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
  const { id, schema } = refolding;
  const { rows } = await tx.query(
    `select subject from ${schema}.refold where projection = $1 and build = $2 and subject = any ($3::text[]) order by subject for update skip locked`,
    [id, build, subjects],
  );
  return refoldHeld(tx, refolding, { build, subjects: rows.map((row) => text(row, 'subject')) });
}

/** Subjects of a build whose marks are locked. */
interface Held {
  readonly build: number;
  readonly subjects: readonly string[];
}

async function refoldHeld(tx: Sql, refolding: Refolding, { build, subjects: held }: Held): Promise<number> {
  if (held.length === 0) return 0;
  const { id, schema, label, fold } = refolding;
  const table = buildTable(schema, label, build);
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

const buildOf = ({ id, schema }: Refolding, number: number | undefined): string =>
  `select number from ${schema}.projection_build where projection = ${id} and ${number === undefined ? 'live and paused_at is null' : `number = ${number}`}`;

const dueIn = ({ id }: Refolding): string =>
  `r.projection = ${id} and r.build = b.number and r.due_at <= clock_timestamp()`;

async function isAnyDue(sql: Sql, refolding: Refolding, number: number | undefined): Promise<boolean> {
  const { rows } = await sql.query(
    `select from ${refolding.schema}.refold r, (${buildOf(refolding, number)}) b where ${dueIn(refolding)} limit 1`,
  );
  return rows.length > 0;
}

/**
 * Takes marks in hand, where the death of the process does not undo it, those never begun together, any other alone; and begins the
 * transaction with their locks, all in one round trip: a mark that was begun and is due again without its lock is that of a dead
 * process, not of a slow one.
 */
function beginRefold(refolding: Refolding, number: number | undefined): string {
  const { id, schema } = refolding;
  const due = dueIn(refolding);
  const lost = `(m.code is null and m.starts >= ${DEATHS})`;
  const lock = `select pg_advisory_xact_lock_shared(${PROJECTION_LOCK}, ${id})`;
  return `${BEGIN}; ${lock};
     with b as (${buildOf(refolding, number)}), first as (
       select r.starts = 0 as fresh from ${schema}.refold r, b where ${due} order by r.due_at limit 1
     ), picked as (
       select r.build, r.subject from ${schema}.refold r, b, first where ${due} and (r.starts = 0) = first.fresh
       order by r.due_at, r.subject limit case when (select fresh from first) then ${SUBJECTS_MAX} else 1 end for update of r skip locked
     )
     update ${schema}.refold m set starts = m.starts + 1, holder = pg_backend_pid(), code = case when ${lost} then '${WORKER_LOST}' else m.code end,
       due_at = case when ${lost} then 'infinity' else clock_timestamp() + ${QUIET_MS} * power(2, least(m.starts, 2)) * (0.75 + random() / 2) * interval '1 millisecond' end
     from picked where m.projection = ${id} and m.build = picked.build and m.subject = picked.subject; commit;
     ${BEGIN}; ${lock};
     select build, subject from ${schema}.refold where holder = pg_backend_pid() and projection = ${id} and due_at < 'infinity' and due_at > clock_timestamp() order by subject for update skip locked`;
}

function heldOf(begun: readonly QueryResult[]): Held {
  const rows: readonly Row[] = begun.at(-1)?.rows ?? [];
  const build = rows[0] === undefined ? 0 : integer(rows[0], 'build');
  return { build, subjects: rows.filter((row) => row['build'] === build).map((row) => text(row, 'subject')) };
}

/** Subjects in one transaction. Those who write scores of one of them wait for it. */
const SUBJECTS_MAX = 200;
/**
 * A mark that was begun and whose lock nobody holds after this is begun again: its process died. It waits longer each time, so that
 * what died with another does not do so again.
 */
const QUIET_MS = 500;
/** Of a fold that throws: once, and three times more. */
const TRIES = 4;
/** Of one whose process died; more, since it may have died of another. */
const DEATHS = 6;

/** Has subjects tried again: those with a code later, each time twice as late; those without at once, alone. */
async function postpone(
  sql: Sql,
  { id, schema }: Refolding,
  build: number,
  codes: ReadonlyMap<string, string | null>,
): Promise<void> {
  if (codes.size === 0) return;
  await sql.query(
    `update ${schema}.refold r set holder = null, code = coalesce(x.code, r.code),
       due_at = case when x.code is null then clock_timestamp() when r.starts >= ${TRIES} then 'infinity'
         else clock_timestamp() + make_interval(secs => power(2, greatest(r.starts, 1) - 1) * (0.5 + random())) end
     from unnest($3::text[], $4::text[]) x (subject, code) where r.projection = $1 and r.build = $2 and r.subject = x.subject`,
    [id, build, [...codes.keys()], [...codes.values()]],
  );
}
