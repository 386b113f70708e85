import type { RuleSet } from '@scorekeep/core/rules';
import { type Backend, type Projection, projection } from '../../projections/projection.ts';
import { tableLog } from '../../tables/table-log.ts';
import { onDatabase } from '../../testing/contest.ts';
import { type Board, board } from '../board.ts';

/** A game as a host would have it: runs of players in rounds, whose factor and time a referee may correct. */
export interface Arcade {
  readonly runs: Projection;
  /** A board of each operator, numbering and kind of window. */
  readonly boards: readonly Board[];
}

/** Points are thousandths here: a run pays its score times the factor of its round. */
const rules: RuleSet = {
  id: 'arcade',
  version: 1,
  mode: 'sum',
  fields: {
    score: { type: 'int', min: 0, max: 9999 },
    combo: { type: 'int', min: 0, max: 9999 },
    misses: { type: 'int', min: 0, max: 99 },
    factor: { type: 'int', min: 0, max: 9 },
  },
  rules: [{ id: 'played', when: true, points: ['mul', '$score', '$factor'] }],
  tieBreak: [
    { id: 'combo', value: '$combo' },
    { id: 'misses', value: '$misses', order: 'asc' },
  ],
};

/** The pipeline over the tables of {@link createArcade}. */
export function arcade(backend: Backend = 'sql'): Arcade {
  const plays = tableLog('play', {
    key: ['player', 'run'],
    subject: 'player',
    fields: { score: 'score', combo: 'combo', misses: 'misses' },
    join: { table: 'round', on: { round: 'id' }, revision: 'revision', fields: { factor: 'factor' } },
  });
  const runs = projection('runs', { from: plays, score: rules, backend });
  const began = { joined: 'began' };
  return {
    runs,
    boards: [
      board('total', { of: runs, add: 'sum', ties: ['combo', 'misses', 'subject'], rank: '1334' }),
      board('weekly', {
        of: runs,
        add: 'best',
        ties: ['misses', 'combo'],
        at: 'played_at',
        window: { every: 'week', timeZone: 'Europe/Berlin' },
      }),
      board('latest', { of: runs, add: 'latest', ties: ['misses'], at: 'played_at', rank: 'fractional' }),
      board('monthly', {
        of: runs,
        add: { averageOfTop: 3 },
        ties: ['combo'],
        at: began,
        window: { every: 'month', timeZone: 'America/New_York' },
        rank: '1223',
      }),
      board('daily', { of: runs, add: 'count', at: began, window: { every: 'day', timeZone: 'Asia/Kolkata' } }),
      board('form', { of: runs, add: 'average', rank: '1334' }),
      board('cup', {
        of: runs,
        add: 'sum',
        ties: ['misses'],
        at: 'played_at',
        window: { every: 'tournament', id: 'cup', start: Date.UTC(2026, 2, 20), end: Date.UTC(2026, 3, 2) },
      }),
    ],
  };
}

/** A weekly board that pays everybody on it when a week ends: with the plain insert of a careless host, which fails if done twice. */
export function paidWeekly(runs: Projection, paid: () => unknown = () => undefined, closeAfter = 0): Board {
  return board('weekly', {
    of: runs,
    add: 'best',
    ties: ['misses', 'combo'],
    at: 'played_at',
    window: { every: 'week', timeZone: 'Europe/Berlin' },
    closeAfter,
    async onClose(tx, entries, window) {
      await tx.query('insert into payment select $1, * from unnest($2::text[], $3::float8[])', [
        window,
        entries.map(({ subject }) => subject),
        entries.map(({ rank }) => rank),
      ]);
      await paid();
    },
  });
}

/** Creates the tables: each player has so many runs, over two months with a change of clocks in them, a few in no round's time. */
export async function createArcade(
  url: string,
  { players, runs, rounds }: { players: number; runs: number; rounds: number },
): Promise<void> {
  await onDatabase(url, async (client) => {
    await client.query(`
      create table round (id int primary key, factor int, began timestamptz, revision int not null default 1);
      create table play (
        player uuid not null, run int not null, round int not null references round, score int, combo int, misses int, played_at timestamptz,
        primary key (player, run));
      create index on play (round);
      create table payment (window_key text, subject text, rank float8, primary key (window_key, subject));`);
    await client.query(
      `insert into round select i, i % 3 + 1, timestamptz '2026-03-01 00:00Z' + i * interval '31 hours' from generate_series(1, $1::int) i`,
      [rounds],
    );
    await client.query(
      `insert into play select md5('player ' || p)::uuid, r, (p * r + r) % $3::int + 1, case when (p + r) % 23 = 0 then null else (p * 7 + r) % 11 end, (p + r * 3) % 4, (p * r * 7) % 5,
         case when (p + r) % 29 = 0 then null else timestamptz '2026-03-01 00:00Z' + (p * 13 + r * 97) % 1400 * interval '1 hour' end
       from generate_series(1, $1::int) p, generate_series(1, $2::int) r`,
      [players, runs, rounds],
    );
  });
}

/** Corrects a round as a referee would: its factor and its time, or (4) that it has no factor, which leaves its scores as they are. */
export const correctRound = `update round set factor = nullif($2::int, 4), began = began + case $2::int when 4 then 0 else $2 - 2 end * interval '9 days', revision = revision + 1 where id = $1`;
