import { integer, type Row, type Sql, text } from '../postgres/sql.ts';
import { BEGIN } from '../postgres/transaction.ts';
import { PROJECTION_LOCK } from '../projections/register.ts';
import type { Refolding } from './refolding.ts';

/** Subjects of a build whose marks are locked. */
export interface Held {
  readonly build: number;
  readonly subjects: readonly string[];
  /** Those of them that were put aside since they were last folded. */
  readonly again: readonly string[];
}

/** Whether there are marks to be folded; and if there are none, whether there are some that died processes had in hand too often. */
export async function isAnyDue(
  sql: Sql,
  refolding: Refolding,
  number: number | undefined,
): Promise<{ readonly any: boolean; readonly lost: boolean }> {
  const exists = (which: string): string =>
    `exists (select from ${refolding.schema}.refold r, (${buildOf(refolding, number)}) b where ${dueIn(refolding)} and ${which})`;
  const { rows } = await sql.query(
    `select "any", case when not "any" then ${exists(LOST)} end as lost from (select ${exists(`not ${LOST}`)} as "any" offset 0) due`,
  );
  return { any: rows[0]?.['any'] === true, lost: rows[0]?.['lost'] === true };
}

/**
 * Takes marks in hand, where the death of the process does not undo it, those never begun together, any other alone; and begins the
 * transaction with their locks, all in one round trip: a mark that was begun and is due again without its lock is that of a dead
 * process, not of a slow one.
 */
export function beginRefold(refolding: Refolding, number: number | undefined): string {
  const { id, schema } = refolding;
  const due = `${dueIn(refolding)} and not ${LOST}`;
  const lock = `select pg_advisory_xact_lock_shared(${PROJECTION_LOCK}, ${id})`;
  return `${BEGIN}; ${lock};
     with b as (${buildOf(refolding, number)}), first as (
       select r.starts = 0 as fresh from ${schema}.refold r, b where ${due} order by r.due_at limit 1
     ), picked as (
       select r.build, r.subject from ${schema}.refold r, b, first where ${due} and (r.starts = 0) = first.fresh
       order by r.due_at, r.subject limit case when (select fresh from first) then ${SUBJECTS_MAX} else 1 end for update of r skip locked
     )
     update ${schema}.refold m set starts = m.starts + 1, holder = pg_backend_pid(), code = null,
       due_at = clock_timestamp() + ${QUIET_MS} * power(2, least(m.starts, 2)) * (0.75 + random() / 2) * interval '1 millisecond'
     from picked where m.projection = ${id} and m.build = picked.build and m.subject = picked.subject; commit;
     ${BEGIN}; ${lock};
     select build, subject, put_aside, extract(epoch from clock_timestamp() - marked_at)::float8 as lag from ${schema}.refold
     where holder = pg_backend_pid() and projection = ${id} and due_at < 'infinity' and due_at > clock_timestamp() order by subject for update skip locked`;
}

/** What rows of marks, with `build`, `subject` and `put_aside`, are about: those of the first one's build. */
export function heldOf(rows: readonly Row[]): Held {
  const build = rows[0] === undefined ? 0 : integer(rows[0], 'build');
  const own = rows.filter((row) => row['build'] === build);
  const subjectsOf = (some: readonly Row[]): string[] => some.map((row) => text(row, 'subject'));
  return { build, subjects: subjectsOf(own), again: subjectsOf(own.filter((row) => row['put_aside'] === true)) };
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

/** Has subjects that a transaction could not fold, through no fault of theirs that is known, folded later, each alone. */
export async function giveBack(sql: Sql, { id, schema }: Refolding, { build, subjects }: Held): Promise<void> {
  await sql.query(
    `update ${schema}.refold set starts = greatest(1, starts - 1), holder = null,
       due_at = clock_timestamp() + case when starts > 1 then interval '1 second' else '0' end
     where projection = $1 and build = $2 and subject = any ($3::text[]) and holder is not null`,
    [id, build, subjects],
  );
}

/** Does away with the marks of subjects that are folded, and counts these. */
export async function endMarks(
  tx: Sql,
  { id, schema }: Refolding,
  build: number,
  subjects: readonly string[],
): Promise<void> {
  await tx.query(`delete from ${schema}.refold where projection = $1 and build = $2 and subject = any ($3::text[])`, [
    id,
    build,
    subjects,
  ]);
  const due = `(rate_since is null or rate_since < clock_timestamp() - interval '10 seconds')`;
  await tx.query(
    `update ${schema}.projection_build set passed = passed + $3, rate_at = case when ${due} then passed else rate_at end,
       rate_since = case when ${due} then clock_timestamp() else rate_since end where projection = $1 and number = $2`,
    [id, build, subjects.length],
  );
}

/** The number of a build; the live one unless it is paused, by default. */
export const buildOf = ({ id, schema }: Refolding, number: number | undefined): string =>
  `select number from ${schema}.projection_build where projection = ${id} and ${number === undefined ? 'live and paused_at is null' : `number = ${number}`}`;

/** That a mark `r` of the build `b` is to be folded: not one of a subject that a projection which comes first has still to fold. */
export const dueIn = ({ id, schema, after }: Refolding): string =>
  [
    `r.projection = ${id} and r.build = b.number and r.due_at <= clock_timestamp()`,
    ...after.map(
      (first) =>
        `not exists (select from ${schema}.refold a join ${schema}.projection_build f on f.projection = a.projection and f.number = a.build and f.live
           where a.projection = ${first.id} and a.subject = r.subject and a.code is null)`,
    ),
  ].join(' and ');

/** Subjects in one transaction. Those who write scores of one of them wait for it. */
export const SUBJECTS_MAX = 200;
/**
 * A mark that was begun and whose lock nobody holds after this is begun again: its process died. It waits longer each time, so that
 * what died with another does not do so again.
 */
const QUIET_MS = 500;
/** In hand of so many processes that died, the last ones alone: the jobs of what is put aside try it again. */
const DEATHS = 4;
/** That a mark `r` was: it is still held, as few are, and all of these have an index. */
export const LOST = `(r.starts >= ${DEATHS} and r.holder is not null)`;
