import { HostError } from '@scorekeep/example-host';
import { isUuid } from '@scorekeep/example-host/is-uuid';
import { type Run, ScorekeepError } from '@scorekeep/queue';
import { createAdmin, type DeadLetters } from '@scorekeep/queue/admin';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { nothingAnswer, statusAnswer } from './answers.ts';
import type { AppContext } from './app.ts';
import { parsePicks } from './draw-routes.ts';
import { closeDraw, drawState } from './host/draw-entry.ts';
import { kickOff } from './host/forecast.ts';
import { recordDraw, recordResult } from './host/record.ts';
import { statisticsOf } from './host/statistics.ts';
import { teamsOf } from './host/teams.ts';
import { matchNumber, NO_MATCH, SCORELINE } from './match-routes.ts';
import type { Contest } from './pipeline.ts';

/** What an administrator does; the paths are the guide's where it has them. */
export function addAdminRoutes(app: FastifyInstance, context: AppContext): void {
  const { auth, pool, keep, draw, kicktipp, asynchronous } = context;
  // Whoever is here is an administrator: every route asks first.
  const admin = createAdmin(keep, { authorize: () => true });
  const run = asynchronous ? {} : { inline: true };

  app.post('/prediction/admin/trigger-prediction-process', async (request) => {
    await auth.admin(request);
    const found = await all([draw, kicktipp], ({ points }) => keep.unscored(points));
    const due = [draw, kicktipp].filter((_, i) => found[i]);
    if (due.length === 0) return nothingAnswer(await keep.status(draw.points));
    const runs = await inlineOrQueued(() => all(due, ({ points }) => keep.run(points, run)));
    return { message: asynchronous ? 'processing queued' : 'processed', ...queued(runs) };
  });

  app.get('/prediction/admin/processing-status', async (request) => {
    await auth.admin(request);
    const [ofDraw, ofMatches] = await all([draw, kicktipp], ({ points }) => keep.status(points));
    return { ...(ofDraw && statusAnswer(ofDraw)), matches: ofMatches && statusAnswer(ofMatches) };
  });

  app.get('/prediction/admin/statistics', async (request) => {
    await auth.admin(request);
    const { queues, projections, readAt } = await keep.stats();
    return { ...(await statisticsOf(pool)), readAt, queues, projections, pool: keep.pool() };
  });

  app.post('/prediction/admin/close', async (request) => {
    await auth.admin(request);
    await keep.transaction((tx) => closeDraw(tx));
    return drawState(pool);
  });

  app.post<{ Body: { groups: object } }>('/prediction/admin/draw', { schema: { body: DRAW } }, async (request) => {
    await auth.admin(request);
    if ((await drawState(pool)).open)
      throw new HostError(409, 'CONTEST_OPEN', 'Close the contest before the draw is recorded.');
    const teams = await teamsOf(pool);
    const picks = parsePicks(request.body.groups, teams);
    const groupOf = new Map(picks.map((number, place) => [number, 1 + Math.floor(place / 4)]));
    const drawn = teams.map(({ id, order, engName }) => ({
      id,
      number: order,
      name: engName,
      group: groupOf.get(order) ?? 0,
    }));
    const done = await inlineOrQueued(() =>
      keep.transaction(async (tx) => {
        await recordDraw(tx, drawn);
        return keep.run(draw.points, { tx, ...run });
      }),
    );
    return { message: 'draw recorded', ...queued([done]) };
  });

  app.post<{ Params: { number: string } }>('/matches/admin/:number/kick-off', async (request) => {
    await auth.admin(request);
    const id = await keep.transaction((tx) => kickOff(tx, matchNumber(request.params.number)));
    if (id === null) throw NO_MATCH();
    return { message: 'kicked off' };
  });

  app.put<{ Params: { number: string }; Body: { home: number; away: number } }>(
    '/matches/admin/:number/result',
    { schema: { body: SCORELINE } },
    async (request) => {
      await auth.admin(request);
      const id = await matchId(context, matchNumber(request.params.number));
      const done = await inlineOrQueued(() =>
        keep.transaction(async (tx) => {
          await recordResult(tx, { id, result: request.body });
          return keep.run(kicktipp.points, { where: { fixture_ref: id }, tx, ...run });
        }),
      );
      return { message: 'result recorded', ...queued([done]) };
    },
  );

  const letters = async (request: FastifyRequest): Promise<DeadLetters> => {
    const user = await auth.admin(request);
    const { contest } = request.params as { contest?: string };
    if (contest !== 'draw' && contest !== 'matches')
      throw new HostError(404, 'NOT_FOUND', 'The contests are draw and matches.');
    return admin.deadLetters((contest === 'draw' ? draw : kicktipp).points, user.id);
  };
  app.get('/prediction/admin/dead-letters/:contest', async (request) => {
    const of = await letters(request);
    return { ...(await of.preview()), deadLetters: await of.list() };
  });
  app.get<{ Params: { contest: string; id: string } }>(
    '/prediction/admin/dead-letters/:contest/:id',
    async (request) => {
      const of = await letters(request);
      const letter = isUuid(request.params.id) ? await of.show(request.params.id) : undefined;
      if (letter === undefined) throw new HostError(404, 'NOT_FOUND', 'There is no such dead letter.');
      return letter;
    },
  );
  app.post('/prediction/admin/dead-letters/:contest/redrive', async (request) => (await letters(request)).redrive());
  app.post<{ Body: { confirm: string } }>(
    '/prediction/admin/dead-letters/:contest/purge',
    { schema: { body: CONFIRM } },
    async (request) => {
      const purged = await (await letters(request)).purge({ confirm: request.body.confirm });
      if (purged.state === 'changed') throw NOT_CONFIRMED(request, purged.count);
      return purged;
    },
  );
}

const all = <T>(contests: readonly Contest[], each: (contest: Contest) => Promise<T>): Promise<T[]> =>
  Promise.all(contests.map(each));

/** What was handed out. */
const queued = (runs: readonly Run[]) => ({
  runs: runs.map(({ id }) => id),
  /** False when everything was under way, or processed, already. */
  started: runs.some(({ created }) => created),
});

/** The guide's note: synchronous mode is for less than 10 000 predictions. */
async function inlineOrQueued<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ScorekeepError) || error.code !== 'INLINE_TOO_LARGE') throw error;
    throw new HostError(
      409,
      'TOO_MANY_FOR_SYNC',
      'More than 10 000 predictions are too many for one request. Start workers and set ENABLE_ASYNC_PROCESSING=true.',
    );
  }
}

/** A match that has been kicked off. */
async function matchId({ pool }: AppContext, number: number): Promise<string> {
  const { rows } = await pool.query<{ id: string; begun: boolean }>(
    'select id, kickoff_at <= clock_timestamp() as begun from fixture where number = $1',
    [number],
  );
  const [match] = rows;
  if (match === undefined) throw NO_MATCH();
  if (!match.begun) throw new HostError(409, 'MATCH_NOT_STARTED', 'The match has not been kicked off.');
  return match.id;
}

const NOT_CONFIRMED = ({ url }: FastifyRequest, count: number): HostError =>
  new HostError(
    400,
    'CONFIRM_INVALID',
    `Nothing was deleted. confirm must be what GET ${url.replace(/\/purge.*$/, '')} answers as confirm: it stands for exactly the dead letters that are there, ${count} at the moment.`,
    { count },
  );

const DRAW = {
  type: 'object',
  required: ['groups'],
  properties: { groups: { type: 'object', maxProperties: 24 } },
} as const;
const CONFIRM = {
  type: 'object',
  required: ['confirm'],
  properties: { confirm: { type: 'string', maxLength: 64 } },
} as const;
