import { quote } from '../postgres/identifiers.ts';
import { integer, type Sql } from '../postgres/sql.ts';
import type { Registered } from '../projections/register.ts';
import type { InspectedTable } from '../tables/inspect-table.ts';
import { joinOn, PARKED } from '../tables/item-statements.ts';
import { namedReasons } from './reason-names.ts';

/** How far a projection has come, in items. */
export interface Status {
  /** Items in the log. */
  readonly total: number;
  /** Items with a final state: scored or rejected. */
  readonly processed: number;
  /** Items without one: results not known, not frozen yet, waiting, or parked. */
  readonly pending: number;
  /** Pending items whose row in the joined table does not exist, such as a prediction for an unknown match. */
  readonly unmatched: number;
  /** Items of runs under way that no worker has come to yet; an estimate while they run, 0 when none does. */
  readonly queueDepth: number;
  /** Items scored or rejected per second by the runs under way; 0 when there is none. */
  readonly perSecond: number;
  /** When they should be over at this rate; null when there is none, or nothing to go by yet. */
  readonly estimatedEnd: Date | null;
  readonly scored: number;
  readonly rejected: number;
  /** Items that failed and wait, each as a job of its own, to be tried again. */
  readonly parked: number;
  /** Rejected items by reason, such as `missing:home`. */
  readonly reasons: Readonly<Record<string, number>>;
  /** SQLSTATE or name of what keeps slices from going on; empty when all is well. */
  readonly errors: readonly string[];
}

/** Counts the items of a projection by state. Reads the log and the scores, so it costs a scan of both. */
export async function readStatus(sql: Sql, schema: string, { id, target }: Registered): Promise<Status> {
  const { rows } = await sql.query(
    `select (select count(*) from ${target.table.from}) as total,
       (select count(*) from ${target.scores}) as stored, (${unmatched(target.table)}) as unmatched,
       (select coalesce(json_object_agg(reason, count), '{}') from (select reason, count(*) from ${target.scores} where reason <> 0 group by 1) by_reason) as reasons,
       coalesce(sum(greatest(s.expected - s.scored - s.rejected - s.parked, 1)) filter (where s.done_at is null), 0)::bigint as waiting,
       coalesce(sum(s.scored + s.rejected) / greatest(extract(epoch from clock_timestamp() - min(r.started_at)), 0.001), 0)::float8 as per_second,
       extract(epoch from clock_timestamp()) * 1000 as now,
       coalesce(json_agg(distinct s.error) filter (where s.error is not null and s.done_at is null), '[]') as errors
     from ${quote(schema)}.slice s join ${quote(schema)}.run r on r.id = s.run where r.projection = $1 and r.finished_at is null`,
    [id],
  );
  const row = rows[0];
  const total = integer(row, 'total');
  const stored = integer(row, 'stored');
  const counts = Object.entries(row?.['reasons'] as Record<string, number>).map(
    ([code, n]) => [Number(code), n] as const,
  );
  const parked = counts.find(([code]) => code === PARKED)?.[1] ?? 0;
  const refused = counts.filter(([code]) => code > 0);
  const rejected = refused.reduce((sum, [, n]) => sum + n, 0);
  const processed = stored - parked;
  const pending = Math.max(0, total - processed);
  const queueDepth = Math.min(integer(row, 'waiting'), pending);
  const perSecond = Math.round(Number(row?.['per_second']));
  const secondsLeft = queueDepth / perSecond;
  return {
    total,
    processed,
    pending,
    unmatched: integer(row, 'unmatched'),
    queueDepth,
    perSecond,
    estimatedEnd:
      secondsLeft > 0 && secondsLeft < 315_360_000
        ? new Date(Math.round(Number(row?.['now']) + 1_000 * secondsLeft))
        : null,
    scored: processed - rejected,
    rejected,
    parked,
    reasons: namedReasons(target.ruleSet, Object.fromEntries(refused)),
    errors: row?.['errors'] as string[],
  };
}

function unmatched(table: InspectedTable): string {
  if (table.joinFrom === null) return 'select 0';
  return `select count(*) from ${table.from} p where not exists (select 1 from ${table.joinFrom} r where ${joinOn(table)})`;
}
