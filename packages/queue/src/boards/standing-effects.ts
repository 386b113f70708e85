import { excludedSubjects } from './exclude.ts';
import { moveHistogram } from './histogram.ts';
import {
  keyColumns,
  kindOf,
  listed,
  placeOf,
  placeSql,
  recomputes,
  type Standing,
  type Subject,
  valueColumns,
  windowOf,
} from './stored-board.ts';

/**
 * The part of a statement that moves a projection's boards, behind an expression `item` with the new scores (`milli`, the
 * tie-breaks) and those that they replace (`old_milli`, …). Standings are written in the order of their key, so that two
 * slices never wait for each other in a circle. What cannot be told from the items alone is left to `recomputeStandings`.
 */
export function standingEffects(
  standings: readonly Standing[],
  want: 'new' | 'stale' | 'parked',
  subject: Subject,
): string {
  return movedBy(standings, want)
    .map((standing) => {
      const kind = kindOf(standing.definition);
      if (kind === 'marks') return markSubjects(standing);
      return kind === 'run' ? pickRuns(standing, subject) : addSums(standing, want, subject);
    })
    .join('');
}

const movedBy = (standings: readonly Standing[], want: 'new' | 'stale' | 'parked'): Standing[] =>
  standings.filter(({ definition }) => !recomputes(definition, want));

/**
 * A number that Postgres has to write all standings for, in the order of their keys: what asks for it before it writes scores waits
 * for whoever writes the same subjects, instead of meeting them in another order among the scores.
 */
export const standingsMoved = (standings: readonly Standing[], want: 'new' | 'stale' | 'parked'): string =>
  movedBy(standings, want)
    .map(({ id, definition }) => `(select count(*) from ${kindOf(definition) === 'marks' ? 'mark' : 'standing'}_${id})`)
    .join(' + ');

/** The subjects of the items are to be folded again; whoever folds one of them just now comes first. */
function markSubjects({ id, schema, definition }: Standing): string {
  return `,
mark_${id} as (
  insert into ${schema}.refold as m (projection, build, subject)
  select b.projection, b.number, i.subject from (select distinct subject::text collate "C" as subject from item) i, ${schema}.projection_build b
  where b.projection = ${definition.marks} and b.as_of is null order by 2, 3
  on conflict (projection, build, subject) do update set marked_at = clock_timestamp(), due_at = clock_timestamp(), starts = least(m.starts, 1), holder = null, code = null
  returning 1
)`;
}

/**
 * Sums, counts and averages move by the difference. What a standing was is joined fully: the two have the same subjects, and a
 * FULL JOIN is hashed or merged whatever the planner believes. It believes in one row where it cannot tell how far apart two keys
 * are, as between UUIDs of one bucket of its statistics, and would compare each of 50 000 subjects with each.
 */
function addSums(standing: Standing, want: 'new' | 'stale' | 'parked', subject: Subject): string {
  const { id, table, definition } = standing;
  const suffix = String(id);
  const key = keyColumns(definition);
  // As the standing stores it: an average of numerics would be another place than that of integers.
  const sum = (of: string): string =>
    want === 'new'
      ? `coalesce(sum(${of}), 0)::bigint`
      : `(coalesce(sum(${of}), 0) - coalesce(sum(old_${of}), 0))::bigint`;
  const count = want === 'new' ? 'count(milli)' : 'count(milli) - count(old_milli)';
  const sources: Readonly<Record<string, string>> = { total: sum('milli'), milli_sum: sum('milli'), counted: count };
  const names = ['scored', ...valueColumns(definition)];
  const values = names.map((name) => (name === 'scored' ? count : (sources[name] ?? sum(name))));
  const scored = `(milli is not null${want === 'new' ? '' : ' or old_milli is not null'})`;
  const before = (name: string): string => `(b.${name} - d.${name})`;
  return `,
delta_${suffix} as materialized (
  select ${itemKey(standing)}, ${values.map((value, i) => `${value} as ${names[i]}`).join(', ')}
  from item where ${scored}${inWindow(standing)} group by ${key.join(', ')}
),
standing_${suffix} as (
  insert into ${table} as b (${[...key, ...names, 'excluded'].join(', ')})
  select ${[...key, ...names].join(', ')}, ${isExcluded(standing, subject, 'd')} from delta_${suffix} d order by ${key.join(', ')}
  on conflict (${key.join(', ')}) do update set ${names.map((name) => `${name} = b.${name} + excluded.${name}`).join(', ')}
  returning *
)${moveHistogram(
    standing,
    `select ${windowOf(definition, 'b')} as window_key, b.${placeOf(definition)} as place, 1 as n from standing_${suffix} b where ${listed('b')}
    union all
    select ${windowOf(definition, 'b')}, ${placeSql(definition, before)}, -1 from standing_${suffix} b full join delta_${suffix} d using (${key.join(', ')})
    where coalesce(${before('scored')}, 0) > 0 and b.excluded is not true`,
    suffix,
  )}`;
}

/** The best or latest run takes the place of the one that was, if it is better or later: all its columns, or none. */
function pickRuns(standing: Standing, subject: Subject): string {
  const { id, table, definition } = standing;
  const suffix = String(id);
  const key = keyColumns(definition);
  const names = [...valueColumns(definition), ...(definition.add === 'latest' ? ['at'] : [])];
  const better = `(b.scored = 0 or ${runTuple(definition, 'excluded')} > ${runTuple(definition, 'b')})`;
  const taken = names.map((name) => `${name} = case when ${better} then excluded.${name} else b.${name} end`);
  return `,
delta_${suffix} as materialized (
  select distinct on (${key.join(', ')}) * from (
    select ${itemKey(standing)}, milli as total, ${[...definition.ties.map(({ column }) => column), ...(definition.add === 'latest' ? [`t_${id} as at`] : [])].map((name) => `${name}, `).join('')}count(*) over (partition by ${itemKeyNames(standing).join(', ')}) as scored
    from item where milli is not null${inWindow(standing)}
  ) run order by ${[...key, ...runOrder(definition)].join(', ')}
),
standing_${suffix} as (
  insert into ${table} as b (${[...key, ...names, 'scored', 'excluded'].join(', ')})
  select ${[...key, ...names, 'scored'].join(', ')}, ${isExcluded(standing, subject, 'd')} from delta_${suffix} d order by ${key.join(', ')}
  on conflict (${key.join(', ')}) do update set was = case when ${listed('b')} then b.${placeOf(definition)} end, scored = b.scored + excluded.scored, ${taken.join(', ')}
  returning *
)${moveHistogram(
    standing,
    `select ${windowOf(definition, 'b')} as window_key, b.${placeOf(definition)} as place, 1 as n from standing_${suffix} b where ${listed('b')}
    union all
    select ${windowOf(definition, 'b')}, b.was, -1 from standing_${suffix} b where b.was is not null`,
    suffix,
  )}`;
}

/** What compares runs: greater is better. All of it is data of the run, so the order of processing decides nothing. */
export function runOrder({ add, ties }: Standing['definition']): string[] {
  return [
    ...(add === 'latest' ? ['at desc'] : []),
    'total desc',
    ...ties.map(({ column, order }) => `${column} ${order}`),
  ];
}

function runTuple({ add, ties }: Standing['definition'], alias: string): string {
  const columns = ties.map(({ column, order }) => `${order === 'asc' ? '-' : ''}${alias}.${column}`);
  return `row(${[...(add === 'latest' ? [`${alias}.at`] : []), `${alias}.total`, ...columns].join(', ')})`;
}

/** Whether a subject that is new in a window is off the board; the lock of `exclude` keeps this from changing meanwhile. */
export function isExcluded(standing: Standing, subject: Subject, alias: string): string {
  return `${alias}.subject in (select x.subject from ${excludedSubjects(standing, subject)} x)`;
}

const itemKey = ({ id, definition }: Standing): string =>
  definition.window === undefined ? 'subject' : `subject, w_${id} as window_key`;

const itemKeyNames = ({ id, definition }: Standing): string[] =>
  definition.window === undefined ? ['subject'] : ['subject', `w_${id}`];

/** An item outside of all windows, or without the time that `latest` needs, is not on the board. */
const inWindow = ({ id, definition }: Standing): string =>
  `${definition.window === undefined ? '' : ` and w_${id} is not null`}${definition.add === 'latest' ? ` and t_${id} is not null` : ''}`;
