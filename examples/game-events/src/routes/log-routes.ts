import type { Quarantined } from '@scorekeep/queue';
import type { FastifyInstance } from 'fastify';
import type { GameAppOptions } from '../app.ts';
import { game } from '../process/game-log.ts';
import { intOf } from './int-of.ts';

/** For administrators: what lies in the log, and what is kept aside because nobody can believe it. */
export function logRoutes(app: FastifyInstance, { keep, auth }: Pick<GameAppOptions, 'keep' | 'auth'>): void {
  app.get('/api/events/log', async (request) => {
    await auth.admin(request);
    return { success: true, log: await keep.logs.statistics(game) };
  });

  app.get<{ Querystring: { limit?: string } }>('/api/events/quarantined', async (request) => {
    await auth.admin(request);
    const events = await keep.logs.quarantined(game, { limit: intOf('limit', request.query.limit, 1, 1_000, 100) });
    return { success: true, events, count: events.length };
  });

  app.post<{ Body: { events: Quarantined[] } }>(
    '/api/events/quarantined/release',
    { schema: { body: EVENTS } },
    async (request) => {
      await auth.admin(request);
      const receipts = await keep.logs.release(game, request.body.events);
      return { success: true, released: receipts.filter(({ status }) => status === 'accepted').length };
    },
  );

  app.post<{ Body: { events: Quarantined[] } }>(
    '/api/events/quarantined/discard',
    { schema: { body: EVENTS } },
    async (request) => {
      await auth.admin(request);
      return { success: true, discarded: await keep.logs.discard(game, request.body.events) };
    },
  );
}

const EVENTS = {
  type: 'object',
  required: ['events'],
  properties: {
    events: {
      type: 'array',
      maxItems: 1_000,
      items: {
        type: 'object',
        required: ['shard', 'key'],
        properties: { shard: { type: 'integer', minimum: 0, maximum: 7 }, key: { type: 'string', format: 'uuid' } },
      },
    },
  },
} as const;
