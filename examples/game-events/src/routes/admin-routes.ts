import { createAdmin } from '@scorekeep/queue/admin';
import type { FastifyInstance } from 'fastify';
import type { GameAppOptions } from '../app.ts';
import { closeDue } from '../play/close-tournaments.ts';
import { removeProcessed } from '../process/clean-up.ts';

type Options = Pick<GameAppOptions, 'keep' | 'pipeline' | 'auth'>;

/** What only administrators do. Redriving and looking at dead letters is audited. */
export function adminRoutes(app: FastifyInstance, { keep, pipeline, auth }: Options): void {
  // Each route below asks who it is before anything is done.
  const admin = createAdmin(keep, { authorize: () => true });

  app.get('/api/events/dead-letters', async (request) => {
    const { id } = await auth.admin(request);
    const letters = await admin.deadLetters(pipeline.retry, id).list({ limit: 100 });
    return { success: true, dead_letters: letters, count: letters.length };
  });

  app.post<{ Body: { limit?: number; request?: string } | null }>(
    '/api/events/retry-failed',
    { schema: { body: RETRY } },
    async (request) => {
      const { id } = await auth.admin(request);
      const { limit = 100, request: key } = request.body ?? {};
      const { moved } = await admin
        .deadLetters(pipeline.retry, id)
        .redrive({ limit, ...(key === undefined ? {} : { request: key }) });
      return { success: true, retried: moved };
    },
  );

  app.post<{ Body: { grace_ms?: number } | null }>(
    '/api/events/cleanup',
    { schema: { body: CLEANUP } },
    async (request) => {
      await auth.admin(request);
      return { success: true, removed: await removeProcessed(keep, request.body?.grace_ms ?? HOUR_MS) };
    },
  );

  app.post('/api/v2/tournaments/close', async (request) => {
    await auth.admin(request);
    return { success: true, tournaments: await closeDue(keep, pipeline.retry) };
  });
}

/** The guide's grace. */
const HOUR_MS = 3_600_000;

const nullable = ['object', 'null'] as const;
const RETRY = {
  type: nullable,
  properties: {
    limit: { type: 'integer', minimum: 1, maximum: 1_000 },
    request: { type: 'string', minLength: 1, maxLength: 200 },
  },
} as const;
const CLEANUP = { type: nullable, properties: { grace_ms: { type: 'integer', minimum: 0, maximum: 3.2e11 } } } as const;
