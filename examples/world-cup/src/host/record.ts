import type pg from 'pg';
import { DRAW_CONTEST_ID } from './load.ts';
import type { Fixture, Team } from './tournament.ts';

/** The team that the contest on the draw singles out, as the guide's does. */
const MARKED_TEAM = 'Iran';

/** The draw becomes known: each team's group, and with it the answer to the contest. */
export async function recordDraw(
  tx: pg.ClientBase,
  teams: readonly Pick<Team, 'id' | 'number' | 'name' | 'group'>[],
): Promise<void> {
  await tx.query(
    `update team set group_letter = chr(64 + drawn.letter)
     from unnest($1::uuid[], $2::int[]) as drawn (id, letter) where team_id = drawn.id`,
    [teams.map((team) => team.id), teams.map((team) => team.group)],
  );
  await tx.query(
    `update draw_contest set group_of = $2, marked_team = $3, revision = revision + 1 where contest_id = $1`,
    [DRAW_CONTEST_ID, teams.map((team) => team.group), teams.find((team) => team.name === MARKED_TEAM)?.number],
  );
}

/** A match has ended; recorded again with another score it is a correction. */
export async function recordResult(tx: pg.ClientBase, { id, result }: Pick<Fixture, 'id' | 'result'>): Promise<void> {
  await tx.query(
    `update fixture set home_goals = $2, away_goals = $3, result_revision = result_revision + 1 where id = $1`,
    [id, result.home, result.away],
  );
}
