import { kicktipp } from '@scorekeep/core/contests';
import { type Projection, projection, tableLog } from '@scorekeep/queue';
import pg from 'pg';

/** A contest of a host: `tips` entries of a table `tip`, joined to the only match there is. */
export async function createContest(url: string, tips: number): Promise<Projection> {
  await onDatabase(url, async (client) => {
    await client.query(`create table game (id int primary key, home int, away int, revision int not null default 1)`);
    await client.query(
      `create table tip (player text primary key, game int not null default 1 references game, home int, away int)`,
    );
    await client.query('insert into game values (1, 2, 1)');
    await client.query(`insert into tip select 'player ' || i, 1, i % 4, i % 3 from generate_series(1, $1::int) i`, [
      tips,
    ]);
    await client.query('analyze tip');
  });
  const join = {
    table: 'game',
    on: { game: 'id' },
    revision: 'revision',
    fields: { resultHome: 'home', resultAway: 'away' },
  };
  const log = tableLog('tip', { key: ['player'], subject: 'player', fields: { home: 'home', away: 'away' }, join });
  return projection('points', { from: log, score: kicktipp });
}

/** Runs statements on a connection of its own. */
export async function onDatabase<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
