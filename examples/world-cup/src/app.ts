import { type Auth, HostError, recently } from '@scorekeep/example-host';
import type { Status } from '@scorekeep/queue';
import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import { addAdminRoutes } from './admin-routes.ts';
import { addDrawRoutes } from './draw-routes.ts';
import { displayName } from './host/display-name.ts';
import { addEntrant } from './host/draw-entry.ts';
import { nameOf } from './host/names.ts';
import { addMatchRoutes } from './match-routes.ts';
import type { Service } from './service.ts';

/** What the routes work with. */
export interface AppContext extends Service {
  readonly auth: Auth;
  readonly pool: pg.Pool;
  /** False: what is to be scored is scored in the request. */
  readonly asynchronous: boolean;
  /** Status of each contest, at most half a second old, however many look. */
  readonly progress: { readonly draw: () => Promise<Status>; readonly kicktipp: () => Promise<Status> };
}

/** All routes of this host. */
export function addRoutes(app: FastifyInstance, given: Omit<AppContext, 'progress'>): void {
  const { auth, keep, pool } = given;
  // A status costs a scan, and a page asks every second.
  const status = recently(RECENT_MS, (contest: 'draw' | 'kicktipp') => keep.status(given[contest].points));
  const progress = { draw: () => status('draw'), kicktipp: () => status('kicktipp') };
  const context = { ...given, progress };
  auth.routes(app);
  app.get('/me', async (request) => {
    const user = await auth.user(request);
    return { ...user, name: await nameOf(pool, user.id) };
  });
  app.put<{ Body: { name: string } }>('/me', { schema: { body: NAME } }, async (request) => {
    const user = await auth.user(request);
    const name = displayName(request.body.name);
    if (name === 'Anonymous') throw new HostError(400, 'NAME_INVALID', 'name must have a letter that can be seen.');
    await addEntrant(pool, user.id);
    await pool.query('update entrant set display_name = $2 where entrant_id = $1', [user.id, name]);
    return { ...user, name };
  });
  addDrawRoutes(app, context);
  addMatchRoutes(app, context);
  addAdminRoutes(app, context);
}

const NAME = { type: 'object', required: ['name'], properties: { name: { type: 'string', maxLength: 200 } } } as const;

const RECENT_MS = 500;
