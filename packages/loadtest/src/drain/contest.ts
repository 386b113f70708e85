import type { Sql } from '../database/sql.ts';

/** The two contests that are drained: the result of a match, and the draw of twelve groups. */
export type ContestName = 'matches' | 'draw';

/** What a contest is told about the pretended host's table; plain data, so that a process is sent it. */
export interface ContestTable {
  readonly table: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly join: {
    readonly table: string;
    readonly on: Readonly<Record<string, string>>;
    readonly revision: string;
    readonly fields: Readonly<Record<string, string>>;
  };
  readonly tie: string;
}

/** Entrants have as many predictions as there are matches. */
const PER_ENTRANT = 104;
/** One prediction in so many is not as it must be, and has to be refused by name. */
const INVALID = 997;
/** Different predictions of the draw; the entries share them out. */
const PICKS = 480;

const MATCHES: ContestTable = {
  table: 'loadtest.prediction',
  fields: { home: 'home', away: 'away' },
  join: {
    table: 'loadtest.match',
    on: { match_id: 'id' },
    revision: 'revision',
    fields: { resultHome: 'home', resultAway: 'away' },
  },
  tie: 'exactCount',
};

const DRAW: ContestTable = {
  table: 'loadtest.entry',
  fields: { teams: 'picks' },
  join: {
    table: 'loadtest.draw',
    on: { draw_id: 'id' },
    revision: 'revision',
    fields: { groupOf: 'group_of', marked: 'marked' },
  },
  tie: 'placed',
};

export const CONTEST_TABLES: Readonly<Record<ContestName, ContestTable>> = { matches: MATCHES, draw: DRAW };

/** Creates and fills the host's tables, the same rows each time, and none of them scored. */
export async function fillContest(sql: Sql, contest: ContestName, items: number): Promise<void> {
  await sql.query('drop schema if exists loadtest cascade; create schema loadtest');
  for (const statement of contest === 'matches' ? fillMatches(items) : fillDraw(items)) await sql.query(statement);
}

const fillMatches = (items: number): readonly string[] => [
  'create table loadtest.match (id int primary key, home int not null, away int not null, revision int not null default 1)',
  `insert into loadtest.match select i, i % 4, i % 3 from generate_series(1, ${PER_ENTRANT}) i`,
  'create table loadtest.prediction (id bigint primary key, entrant bigint not null, match_id int not null, home int, away int)',
  `insert into loadtest.prediction
   select i, i / ${PER_ENTRANT}, i % ${PER_ENTRANT} + 1, case when i % ${INVALID} > 0 then (i * 7) % 5 end, (i * 3) % 4
   from generate_series(0::bigint, ${items - 1}) i`,
  'create index on loadtest.prediction (entrant, id)',
  'analyze loadtest.match, loadtest.prediction',
];

/** Team t is drawn into group (t − 1) / 4 + 1; a pick exchanges a few teams of that order. */
const fillDraw = (items: number): readonly string[] => [
  'create table loadtest.draw (id int primary key, group_of smallint[] not null, marked smallint not null, revision int not null default 1)',
  'insert into loadtest.draw select 1, array_agg((t - 1) / 4 + 1 order by t), 17 from generate_series(1, 48) t',
  'create table loadtest.pick (id int primary key, picks smallint[] not null)',
  `insert into loadtest.pick
   select p, array_agg(t order by case when t % 12 < p % 13 then (t * 7 + p) % 48 else t end, t) from generate_series(0, ${PICKS - 1}) p, generate_series(1, 48) t group by p`,
  'create table loadtest.entry (id bigint primary key, entrant bigint not null, draw_id int not null, picks smallint[])',
  `insert into loadtest.entry
   select i, i, 1, case when i % ${INVALID} > 0 then p.picks end from generate_series(0::bigint, ${items - 1}) i join loadtest.pick p on p.id = i % ${PICKS}`,
  'create index on loadtest.entry (entrant, id)',
  'analyze loadtest.draw, loadtest.entry',
];
