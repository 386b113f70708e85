import pg from 'pg';
import type { TableLog } from '../../src/index.ts';
import { tableLog } from '../../src/index.ts';

/** The two shapes of key that are measured: one bigint, and two uuids under the host's own names. */
export type KeyShape = 'narrow' | 'composite';

/** A host's predictions for 104 matches, all with results: the table, and what Scorekeep has to be told about it. */
export interface HostTable {
  readonly shape: KeyShape;
  readonly rows: number;
  readonly log: TableLog;
  /** The same rows by entrant, for boards. */
  readonly logByEntrant: TableLog;
  /** The statement that does the same work by hand into a table of the same columns; the reference. */
  readonly plain: readonly string[];
}

/** Creates and fills the host's table. */
export async function createHostTable(
  url: string,
  shape: KeyShape,
  rows: number,
  entrants: number,
): Promise<HostTable> {
  const client = new pg.Client(url);
  await client.connect();
  const name = `prediction_${shape}`;
  try {
    await client.query(`
      create table if not exists match (id int primary key, ref uuid not null unique, home int not null, away int not null, revision int not null default 1);
      insert into match select i, md5('match ' || i)::uuid, i % 4, i % 3, 1 from generate_series(1, 104) i on conflict do nothing;
      drop table if exists ${name}`);
    await client.query(
      shape === 'narrow'
        ? `create table ${name} (id bigint primary key, entrant bigint not null, match_id int not null, home int, away int)`
        : `create table ${name} (entrant uuid not null, match_ref uuid not null, home int, away int, primary key (entrant, match_ref))`,
    );
    await client.query(
      shape === 'narrow'
        ? `insert into ${name} select i, i / ${Math.ceil(rows / entrants)}, i % 104 + 1, (i * 7) % 5, (i * 3) % 4 from generate_series(0::bigint, ${rows - 1}) i`
        : `insert into ${name} select * from (
             select md5('entrant ' || i / 104)::uuid as e, md5('match ' || i % 104 + 1)::uuid as m, (i * 7) % 5, (i * 3) % 4 from generate_series(0::bigint, ${rows - 1}) i) t order by e, m`,
    );
    if (shape === 'narrow') await client.query(`create index on ${name} (entrant, id)`);
    await client.query(`vacuum analyze ${name}`);
  } finally {
    await client.end();
  }
  const logOf = (subject: string): TableLog => log(shape, name, subject);
  return {
    shape,
    rows,
    log: logOf(shape === 'narrow' ? 'id' : 'entrant'),
    logByEntrant: logOf('entrant'),
    plain: plain(shape, name),
  };
}

function log(shape: KeyShape, table: string, subject: string): TableLog {
  const fields = { home: 'home', away: 'away' };
  const joined = { table: 'match', revision: 'revision', fields: { resultHome: 'home', resultAway: 'away' } };
  return shape === 'narrow'
    ? tableLog(table, { key: ['id'], subject, fields, join: { ...joined, on: { match_id: 'id' } } })
    : tableLog(table, {
        key: ['entrant', 'match_ref'],
        subject,
        fields,
        join: { ...joined, on: { match_ref: 'ref' } },
      });
}

function plain(shape: KeyShape, table: string): string[] {
  const [key, columns, on] =
    shape === 'narrow'
      ? ['p.id', 'id bigint primary key', 'm.id = p.match_id']
      : [
          'p.entrant, p.match_ref',
          'entrant uuid, match_ref uuid, primary key (entrant, match_ref)',
          'm.ref = p.match_ref',
        ];
  const hit = 'p.home = m.home and p.away = m.away';
  const difference = 'p.home <> p.away and p.home - p.away = m.home - m.away';
  const tendency = 'sign(p.home - p.away) = sign(m.home - m.away)';
  return [
    'drop table if exists plain_score',
    `create table plain_score (${columns.replace(/primary key.*/, (end) => (shape === 'narrow' ? end : ''))}${shape === 'narrow' ? ', ' : ''}revision bigint not null, fired bigint, milli int, reason smallint not null, tie_1 int${shape === 'narrow' ? '' : ', primary key (entrant, match_ref)'})`,
    `insert into plain_score select ${key}, m.revision, case when ${hit} then 1 when ${difference} then 2 when ${tendency} then 3 else 0 end,
       case when ${hit} then 4000 when ${difference} then 3000 when ${tendency} then 2000 else 0 end, 0, (${hit})::int
     from ${table} p join match m on ${on}`,
  ];
}
