import { HostError } from '@scorekeep/example-host';
import type { FastifyInstance } from 'fastify';
import { boardLine, detailsAnswer, matchAnswer } from './answers.ts';
import type { AppContext } from './app.ts';
import { matchesWith, saveForecast } from './host/forecast.ts';
import { namesOf } from './host/names.ts';
import { pageLimit } from './page-limit.ts';

/** The contest on scorelines. */
export function addMatchRoutes(app: FastifyInstance, { auth, pool, keep, kicktipp }: AppContext): void {
  app.get('/matches', async (request) => {
    const user = request.headers.authorization === undefined ? null : await auth.user(request);
    return { matches: (await matchesWith(pool, user?.id ?? null)).map(matchAnswer) };
  });

  app.put<{ Params: { number: string }; Body: { home: number; away: number } }>(
    '/matches/:number/prediction',
    { schema: { body: SCORELINE } },
    async (request) => {
      const user = await auth.user(request);
      const number = matchNumber(request.params.number);
      const saved = await saveForecast(pool, { entrantId: user.id, number, ...request.body });
      if (saved.state === 'unknown') throw NO_MATCH();
      if (saved.state === 'closed') throw new HostError(409, 'PREDICTION_CLOSED', 'The match has been kicked off.');
      return { message: saved.changed ? 'prediction changed' : 'prediction saved', closesAt: saved.kickoffAt };
    },
  );

  app.get<{ Params: { number: string } }>('/matches/:number/result', async (request) => {
    const user = await auth.user(request);
    const number = matchNumber(request.params.number);
    const match = (await matchesWith(pool, user.id)).find((one) => one.number === number);
    if (match === undefined) throw NO_MATCH();
    if (match.forecastHome === null) throw new HostError(404, 'NO_PREDICTION', 'You have not forecast this match.');
    const explanation = await keep.explain(kicktipp.points, { entrant_ref: user.id, fixture_ref: match.id });
    return { match: matchAnswer(match), details: detailsAnswer(explanation) };
  });

  app.get('/matches/leaderboard', async (request) => {
    const top = await keep.top(kicktipp.board, { limit: pageLimit(request.query) });
    const names = await namesOf(
      pool,
      top.map(({ subject }) => subject),
    );
    return { leaderboard: top.map((entry) => boardLine(entry, names)) };
  });

  app.get('/matches/around-me', async (request) => {
    const user = await auth.user(request);
    const lines = await keep.around(kicktipp.board, user.id, { above: 3, below: 3 });
    const names = await namesOf(
      pool,
      lines.map(({ subject }) => subject),
    );
    return { me: user.id, leaderboard: lines.map((entry) => boardLine(entry, names)) };
  });
}

/** @throws HostError 404 NO_MATCH */
export function matchNumber(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw NO_MATCH();
  return Number(text);
}

export const NO_MATCH = (): HostError => new HostError(404, 'NO_MATCH', 'There is no such match; they are 1 to 104.');

const GOALS = { type: 'integer', minimum: 0, maximum: 99 } as const;
export const SCORELINE = {
  type: 'object',
  required: ['home', 'away'],
  additionalProperties: false,
  properties: { home: GOALS, away: GOALS },
} as const;
