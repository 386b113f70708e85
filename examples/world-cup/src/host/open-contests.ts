import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { DRAW_CONTEST_ID, load } from './load.ts';
import { readTournament, type Tournament } from './tournament.ts';

/** How the contests begin. */
export interface Opening {
  readonly closesInDays: number;
  /** Invented predictions in each contest. */
  readonly seedPredictions: number;
}

/**
 * Makes and fills the host's tables at the first start. The tournament lies in the past, so it is moved as a whole: the
 * contest on the draw closes in so many days by the database's clock, and the first match is as long after that.
 * Processes that start together wait for each other.
 */
export async function openContests(pool: pg.Pool, opening: Opening): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query(`select pg_advisory_xact_lock(hashtextextended('world-cup', 0))`);
    const { rows } = await client.query<{ filled: boolean; now: Date }>(
      `select to_regclass('team') is not null as filled, date_trunc('minute', clock_timestamp()) as now`,
    );
    const [state] = rows;
    if (state?.filled === false) await fill(client, state.now, opening);
    await client.query('commit');
    client.release();
  } catch (error) {
    client.release(true);
    throw error;
  }
}

async function fill(client: pg.ClientBase, now: Date, { closesInDays, seedPredictions }: Opening): Promise<void> {
  const period = closesInDays * DAY_MS;
  await load(client, {
    tournament: moved(readTournament(), now.getTime() + 2 * period),
    seed: 2026,
    drawEntries: seedPredictions,
    forecasts: seedPredictions,
  });
  // Forecasts were invented for the days before each match. A match may be kicked off earlier than that, and was forecast before.
  await client.query(
    `update forecast f set submitted_at = $1 from fixture m
     where m.id = f.fixture_ref and f.submitted_at > $1 and f.submitted_at < m.kickoff_at`,
    [now],
  );
  await client.query(readFileSync(new URL('./app.sql', import.meta.url), 'utf8'));
  await client.query('update draw_contest set closes_at = $2 where contest_id = $1', [
    DRAW_CONTEST_ID,
    new Date(now.getTime() + period),
  ]);
}

/** The tournament as if its first match began at this time. */
function moved(tournament: Tournament, start: number): Tournament {
  const by = start - (tournament.fixtures[0]?.kickoffAt.getTime() ?? start);
  return {
    ...tournament,
    fixtures: tournament.fixtures.map((fixture) => ({
      ...fixture,
      kickoffAt: new Date(fixture.kickoffAt.getTime() + by),
    })),
  };
}

const DAY_MS = 86_400_000;
