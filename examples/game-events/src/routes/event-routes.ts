import { HostError, recently } from '@scorekeep/example-host';
import { ScorekeepError } from '@scorekeep/queue';
import type { FastifyInstance } from 'fastify';
import type { GameAppOptions } from '../app.ts';
import { alertsOf } from '../statistics/alerts.ts';
import { readDays } from '../statistics/daily.ts';
import { readEventStats, TIMEFRAMES, type Timeframe, withWaiting } from '../statistics/event-stats.ts';
import { readQueueStats } from '../statistics/queue-stats.ts';
import { readRecent } from '../statistics/recent-events.ts';
import { toAnswer, toLogEvents } from '../translate.ts';
import { intOf } from './int-of.ts';

type Options = Pick<GameAppOptions, 'keep' | 'pipeline' | 'direct'>;

/** `POST /api/events`, and what has become of events. */
export function eventRoutes(app: FastifyInstance, { keep, pipeline, direct }: Options): void {
  const queueStats = () => readQueueStats(keep, pipeline.retry);
  /** Counts all players of the span, so a crowd that looks gets the same answer for a moment. */
  const statsOf = recently(RECENT_MS, (timeframe: Timeframe) =>
    keep.transaction((tx) => readEventStats(tx, timeframe)),
  );
  const daysOf = recently(RECENT_MS, (days: string) => keep.transaction((tx) => readDays(tx, Number(days))));

  app.post('/api/events', async (request, reply) => {
    const key = request.headers['idempotency-key'];
    const events = toLogEvents(request.body, typeof key === 'string' && key !== '' ? key : undefined, Date.now());
    const receipts = await pipeline.ingest(events).catch((error: unknown) => {
      if (!(error instanceof ScorekeepError) || error.code !== 'UNAVAILABLE') throw error;
      const retryAfter = Number(error.fields['retryAfter'] ?? 1);
      throw new HostError(503, 'UNAVAILABLE', 'No event can be kept at the moment; send the same again.', {
        retryAfter,
      });
    });
    if (direct) await pipeline.settle(receipts);
    const { status, body } = toAnswer(receipts, Date.now());
    return reply.code(status).send(body);
  });

  app.get<{ Querystring: { timeframe?: string } }>('/api/events/stats', async ({ query: { timeframe = '24h' } }) => {
    if (!isTimeframe(timeframe)) {
      throw new HostError(400, 'INPUT_INVALID', `timeframe must be one of ${Object.keys(TIMEFRAMES).join(', ')}.`);
    }
    const queue = await queueStats();
    const stats = withWaiting(await statsOf(timeframe), queue.queue.waiting);
    return { success: true, ...stats, queue, mode: direct ? 'direct' : 'queue', timestamp: new Date().toISOString() };
  });

  app.get<{ Querystring: { limit?: string; event_type?: string; user_id?: string } }>(
    '/api/events/recent',
    async ({ query }) => {
      const limit = intOf('limit', query.limit, 1, 1_000, 100);
      const events = await keep.transaction((tx) =>
        readRecent(tx, { limit, type: query.event_type, user: query.user_id }),
      );
      return { success: true, events, count: events.length, timestamp: new Date().toISOString() };
    },
  );

  app.get('/api/events/health', async (_, reply) => {
    const stats = await queueStats();
    const { queue, workers } = stats;
    const alerts = alertsOf(stats, await statsOf('1h'));
    const stuck = queue.waiting > 0 && workers === 0 && !direct;
    return reply.code(stuck ? 503 : 200).send({
      success: !stuck,
      status: stuck ? 'unhealthy' : Object.keys(alerts).length > 0 ? 'degraded' : 'healthy',
      alerts,
      database: 'connected',
      waiting: queue.waiting,
      failed: queue.failed,
      workers,
      timestamp: new Date().toISOString(),
    });
  });

  app.get<{ Querystring: { days?: string } }>('/api/analytics/daily', async ({ query }) => {
    const days = await daysOf(String(intOf('days', query.days, 1, 366, 30)));
    return { success: true, days, count: days.length };
  });
}

const RECENT_MS = 1_000;

const isTimeframe = (text: string): text is Timeframe => Object.hasOwn(TIMEFRAMES, text);
