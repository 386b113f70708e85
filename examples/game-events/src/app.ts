import { type AppOptions, type Auth, createApp } from '@scorekeep/example-host';
import type { Keep } from '@scorekeep/queue';
import type { FastifyInstance } from 'fastify';
import type { Pipeline } from './pipeline.ts';
import { adminRoutes } from './routes/admin-routes.ts';
import { eventRoutes } from './routes/event-routes.ts';
import { logRoutes } from './routes/log-routes.ts';
import { playRoutes } from './routes/play-routes.ts';

/** What {@link createGameApp} is told. */
export interface GameAppOptions extends Omit<AppOptions, 'bodyLimit' | 'page'> {
  readonly keep: Keep;
  readonly pipeline: Pipeline;
  readonly auth: Auth;
  readonly direct: boolean;
}

/** The host's HTTP app: events in, boards, tournaments, prizes and statistics out, and a page. */
export async function createGameApp(options: GameAppOptions): Promise<FastifyInstance> {
  const app = await createApp({ ...options, bodyLimit: BODY_BYTES_MAX, page: new URL('../page/', import.meta.url) });
  options.auth.routes(app);
  eventRoutes(app, options);
  playRoutes(app, options);
  adminRoutes(app, options);
  logRoutes(app, options);
  return app;
}

/** A thousand events of an ordinary size. */
const BODY_BYTES_MAX = 1_048_576;
