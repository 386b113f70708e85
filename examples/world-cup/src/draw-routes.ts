import { parseDrawEntry } from '@scorekeep/core/contests';
import { HostError } from '@scorekeep/example-host';
import type { FastifyInstance } from 'fastify';
import { boardLine, detailsAnswer, drawRefused, progressAnswer } from './answers.ts';
import type { AppContext } from './app.ts';
import { drawEntryOf, drawState, saveDrawEntry } from './host/draw-entry.ts';
import { DRAW_CONTEST_ID } from './host/load.ts';
import { namesOf } from './host/names.ts';
import { GROUPS, type TeamRow, teamsOf } from './host/teams.ts';
import { pageLimit } from './page-limit.ts';

/** The contest on the draw, for everybody and for whoever takes part; the paths are the guide's. */
export function addDrawRoutes(app: FastifyInstance, context: AppContext): void {
  const { auth, pool, keep, draw, progress } = context;

  app.get('/prediction/teams', async () => ({ teams: await teamsOf(pool), ...(await drawState(pool)) }));

  // Without a schema: what is no prediction at all is refused with the guide's code as well.
  app.post('/prediction', async (request) => {
    const user = await auth.user(request);
    const picks = parsePicks(groupsOf(request.body), await teamsOf(pool));
    const saved = await saveDrawEntry(pool, user.id, picks);
    if (saved === undefined)
      throw new HostError(409, 'PREDICTION_CLOSED', 'The contest is closed; entries change no more.');
    return { message: saved.changed ? 'prediction changed' : 'prediction saved', ...saved };
  });

  app.get('/prediction', async (request) => {
    const user = await auth.user(request);
    const picks = await drawEntryOf(pool, user.id);
    if (picks === undefined) return { predict: null, ...(await drawState(pool)) };
    const teams = await teamsOf(pool);
    const groups = GROUPS.map((group, i) => [group, picks.slice(4 * i, 4 * i + 4).map((n) => teams[n - 1]?.id)]);
    return { predict: { groups: Object.fromEntries(groups) }, ...(await drawState(pool)) };
  });

  app.get('/prediction/result', async (request) => {
    const user = await auth.user(request);
    if ((await drawEntryOf(pool, user.id)) === undefined) throw NO_PREDICTION();
    const [line] = await keep.ranks(draw.board, [user.id]);
    const explanation = await keep.explain(draw.points, { contest_id: DRAW_CONTEST_ID, entrant_id: user.id });
    const details = detailsAnswer(explanation);
    // The board moves when a worker has come to it; until then there is nothing to tell.
    return { processed: line !== undefined, totalScore: line?.points ?? null, rank: line?.rank ?? null, details };
  });

  app.get('/prediction/leaderboard', async (request) => {
    const top = await keep.top(draw.board, { limit: pageLimit(request.query) });
    const names = await namesOf(
      pool,
      top.map(({ subject }) => subject),
    );
    return { leaderboard: top.map((entry) => boardLine(entry, names)) };
  });

  app.get('/prediction/around-me', async (request) => {
    const user = await auth.user(request);
    const lines = await keep.around(draw.board, user.id, { above: 3, below: 3 });
    const names = await namesOf(
      pool,
      lines.map(({ subject }) => subject),
    );
    return { me: user.id, leaderboard: lines.map((entry) => boardLine(entry, names)) };
  });

  app.get('/prediction/progress', async () => ({
    ...(await drawState(pool)),
    draw: progressAnswer(await progress.draw()),
    matches: progressAnswer(await progress.kicktipp()),
  }));
}

/**
 * The numbers of the teams, group by group.
 *
 * @throws HostError 400 with the guide's codes
 */
export function parsePicks(groups: unknown, teams: readonly TeamRow[]): readonly number[] {
  const parsed = parseDrawEntry(
    groups,
    GROUPS,
    teams.map(({ id }) => id),
  );
  if (!parsed.ok) throw drawRefused(parsed.errors);
  return parsed.entry;
}

const NO_PREDICTION = (): HostError => new HostError(404, 'NO_PREDICTION', 'You have not taken part in this contest.');

/** What stands where groups are to be, whatever it is. */
const groupsOf = (body: unknown): unknown =>
  (body as { predict?: { groups?: unknown } | null } | null | undefined)?.predict?.groups;
