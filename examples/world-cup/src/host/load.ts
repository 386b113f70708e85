import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { drawEntries } from '../generate/draw-entries.ts';
import { entrantOf } from '../generate/entrants.ts';
import { forecasts } from '../generate/forecasts.ts';
import { copyRows } from './copy-rows.ts';
import { displayName } from './display-name.ts';
import type { Tournament } from './tournament.ts';
import { uuidOf } from './uuid.ts';

/** What to fill the host's tables with. */
export interface Load {
  readonly tournament: Tournament;
  readonly seed: number;
  /** How many entries to the draw contest. */
  readonly drawEntries: number;
  /** How many forecasts of matches. */
  readonly forecasts: number;
  /** Called now and then with how many predictions are in. */
  readonly onProgress?: (predictions: number) => void;
  readonly signal?: AbortSignal;
}

/** The id of the contest on the draw. */
export const DRAW_CONTEST_ID: string = uuidOf('contest: the draw of 2026');

/** Creates the host's tables and fills them: teams, matches without results, predictions, entrants. */
export async function load(client: pg.ClientBase, options: Load): Promise<{ entrants: number }> {
  const { tournament, seed, signal } = options;
  const entrants = counter();
  const arrived = progress(options.onProgress);
  await client.query(statements('schema.sql'));
  await loadTournament(client, tournament);
  const picks = drawEntries(tournament.teams, seed, options.drawEntries);
  await copyRows(
    client,
    'draw_entry',
    ['contest_id', 'entrant_id', 'picks', 'locked_at'],
    map(arrived(entrants.of(picks)), (entry) => [DRAW_CONTEST_ID, entry.entrantId, entry.picks, entry.lockedAt]),
    signal,
  );
  await copyRows(
    client,
    'forecast',
    ['entrant_ref', 'fixture_ref', 'home_goals', 'away_goals', 'submitted_at', 'locked_at'],
    map(arrived(entrants.of(forecasts(tournament.fixtures, seed, options.forecasts))), (forecast) => [
      forecast.entrantId,
      forecast.fixture.id,
      forecast.home,
      forecast.away,
      forecast.submittedAt,
      forecast.lockedAt,
    ]),
    signal,
  );
  await copyRows(client, 'entrant', ['entrant_id', 'display_name'], entrantRows(seed, entrants.count()), signal);
  await client.query(statements('after-load.sql'));
  return { entrants: entrants.count() };
}

async function loadTournament(client: pg.ClientBase, { teams, fixtures }: Tournament): Promise<void> {
  await copyRows(
    client,
    'team',
    ['team_id', 'number', 'name', 'code'],
    teams.map((team) => [team.id, team.number, team.name, team.code]),
  );
  await copyRows(
    client,
    'fixture',
    ['id', 'number', 'stage', 'kickoff_at', 'home_team', 'away_team'],
    fixtures.map(({ id, number, stage, kickoffAt, home, away }) => [id, number, stage, kickoffAt, home.id, away.id]),
  );
  await client.query('insert into draw_contest (contest_id, title) values ($1, $2)', [
    DRAW_CONTEST_ID,
    'The draw for the 2026 World Cup',
  ]);
}

function* entrantRows(seed: number, count: number): Generator<[string, string]> {
  for (let index = 0; index < count; index++) {
    const { id, name } = entrantOf(seed, index);
    yield [id, displayName(name)];
  }
}

/** Counts the entrants that rows mention; they are numbered from 0, and each prediction comes after its predecessor's. */
function counter(): {
  of<T extends { entrant: number }>(rows: Iterable<T>): Generator<T>;
  count(): number;
} {
  let most = 0;
  return {
    *of(rows) {
      for (const row of rows) {
        most = Math.max(most, row.entrant + 1);
        yield row;
      }
    },
    count: () => most,
  };
}

function progress(report: ((predictions: number) => void) | undefined): <T>(rows: Iterable<T>) => Generator<T> {
  let arrived = 0;
  return function* (rows) {
    for (const row of rows) {
      if (++arrived % REPORTED === 0) report?.(arrived);
      yield row;
    }
  };
}

/** Rows between two reports. */
const REPORTED = 2_000;

function* map<T, U>(rows: Iterable<T>, change: (row: T) => U): Generator<U> {
  for (const row of rows) yield change(row);
}

const statements = (file: string): string => readFileSync(new URL(`./${file}`, import.meta.url), 'utf8');
