import { quote } from '../postgres/identifiers.ts';
import { type Sql, text } from '../postgres/sql.ts';
import { rowsOfScores, type Target } from '../tables/item-statements.ts';
import { moveHistogram } from './histogram.ts';
import { itemMoment, windowKey } from './item-time.ts';
import { isExcluded, runOrder } from './standing-effects.ts';
import {
  keyColumns,
  kindOf,
  listed,
  placeOf,
  type Standing,
  type StoredBoard,
  valueColumns,
  windowOf,
} from './stored-board.ts';

/** Where a board's scores are. */
type Scores = Pick<Target, 'table' | 'scores'>;

/**
 * Computes the standings of subjects again from their scores, in the transaction that wrote these. Other transactions may
 * write scores of the same subjects meanwhile. So first every standing that the scores ask for is made and locked; only
 * then are the scores read, by a statement of its own that sees all that was committed before the lock, and only what was
 * locked is written. Whoever comes later finds the lock, and adds to what was written here. The FULL JOIN, kept one by OFFSET 0,
 * is hashed or merged whatever the planner believes: a new table has no statistics, and a loop would compare all with all.
 *
 * @param subjects as text
 */
export async function recomputeStandings(
  tx: Sql,
  from: Scores,
  standing: Standing,
  subjects: readonly string[],
): Promise<void> {
  if (subjects.length === 0) return;
  const { table, definition } = standing;
  const key = keyColumns(definition);
  const { subject } = from.table;
  const { type } = subject;
  const these = `where s.${quote(subject.name)} = any ($1::${type}[]) and s.milli is not null`;
  const values = valueColumns(definition);
  await tx.query(
    `insert into ${table} (${[...key, 'scored', ...values, 'excluded'].join(', ')})
     select ${[...key, '0', ...values.map(() => '0')].join(', ')}, ${isExcluded(standing, subject, 'd')}
     from (select distinct ${key.join(', ')} from (${runs(from, standing, these)}) run) d order by ${key.join(', ')} on conflict do nothing`,
    [subjects],
  );
  const { rows } = await tx.query(
    `select subject::text as subject, ${windowOf(definition, 'b')} as window_key from ${table} b where subject = any ($1::${type}[]) order by ${key.map((name) => `b.${name}`).join(', ')} for update`,
    [subjects],
  );
  const suffix = String(standing.id);
  const names = ['scored', ...values, ...(definition.add === 'latest' ? ['at'] : [])];
  const fresh = names.map((name) => (name === 'at' ? 'at = one.at' : `${name} = coalesce(one.${name}, 0)`));
  const same = (a: string, b: string): string => key.map((name) => `${a}.${name} = ${b}.${name}`).join(' and ');
  await tx.query(
    `with pair as (
       select * from unnest($1::${type}[], $2::text[]) as pair (subject, window_key)
     ), before as materialized (
       select b.* from ${table} b join pair on ${same('b', 'pair')}
     ), fresh as materialized (
       ${reduced(from, standing, these)}
     ), standing as (
       update ${table} b set ${fresh.join(', ')} from (
         select ${[...key.map((name) => `pair.${name}`), ...names.map((name) => `f.${name}`)].join(', ')}
         from pair full join fresh f on ${same('f', 'pair')} offset 0
       ) one where ${same('b', 'one')} returning b.*
     )${moveHistogram(
       standing,
       `select ${windowOf(definition, 'b')} as window_key, b.${placeOf(definition)} as place, 1 as n from standing b where ${listed('b')}
        union all select ${windowOf(definition, 'b')}, b.${placeOf(definition)}, -1 from before b where ${listed('b')}`,
       suffix,
     )} select 1`,
    [rows.map((row) => text(row, 'subject')), rows.map((row) => text(row, 'window_key'))],
  );
}

/** Every standing that the scores make: a query of the key, `scored` and the value columns. */
export function reduced(from: Scores, standing: Standing, where: string): string {
  const { definition } = standing;
  const key = keyColumns(definition).join(', ');
  const ties = definition.ties.map(({ column }) => column);
  const all = runs(from, standing, where);
  if (kindOf(definition) === 'run') {
    const own = [key, 'total', ...ties, ...(definition.add === 'latest' ? ['at'] : [])].join(', ');
    return `select distinct on (${key}) ${own}, count(*) over (partition by ${key}) as scored from (${all}) run order by ${[key, ...runOrder(definition)].join(', ')}`;
  }
  if (typeof definition.add === 'object') {
    const best = `filter (where n <= ${definition.add.averageOfTop})`;
    const sums = ['sum(total)', ...ties.map((tie) => `sum(${tie})`)].map((sum) => `${sum} ${best}`);
    return `select ${key}, count(*) as scored, ${sums[0]} as milli_sum, count(*) ${best} as counted${ties.map((tie, i) => `, ${sums[i + 1]} as ${tie}`).join('')}
      from (select *, row_number() over (partition by ${key} order by ${runOrder(definition).join(', ')}) as n from (${all}) run) run group by ${key}`;
  }
  const value = (name: string): string =>
    name === 'counted' ? 'count(*)' : `sum(${name === 'milli_sum' ? 'total' : name})`;
  return `select ${[key, 'count(*) as scored', ...valueColumns(definition).map((name) => `${value(name)} as ${name}`)].join(', ')} from (${all}) run group by ${key}`;
}

/** The scored items of a board: key, `total`, tie-breaks and, where it matters, `at`. */
function runs({ table, scores }: Scores, { definition }: Standing, where: string): string {
  const timed =
    definition.add === 'latest' || (definition.window !== undefined && definition.window.every !== 'all-time');
  const columns = [
    `s.${quote(table.subject.name)} as subject`,
    ...(definition.window === undefined ? [] : [`${windowKey(table, definition)} as window_key`]),
    's.milli as total',
    ...definition.ties.map(({ column }) => `s.${column}`),
    ...(definition.add === 'latest' ? [`${itemMoment(table, definition)} as at`] : []),
  ];
  const query = `select ${columns.join(', ')} from ${scores} s ${timed ? rowsOfScores(table) : ''} ${where}`;
  const present = presence(definition);
  return present === '' ? query : `select * from (${query}) run where ${present}`;
}

/** An item outside of all windows, or without the time that `latest` needs, is not on the board. */
function presence({ add, window }: StoredBoard): string {
  return [
    ...(window === undefined ? [] : ['window_key is not null']),
    ...(add === 'latest' ? ['at is not null'] : []),
  ].join(' and ');
}
