import { authOptions, createApp, limitRequests, openAuth, runProcess } from '@scorekeep/example-host';
import { addRoutes } from './app.ts';
import { openService } from './service.ts';
import { DATABASE, SETTINGS, VERSION } from './settings.ts';

// The app: takes predictions, answers boards and explanations, and scores too unless WORKERS=0.
await runProcess({
  service: 'world-cup',
  version: VERSION,
  database: DATABASE,
  variables: SETTINGS,
  async open(context) {
    const { pool, telemetry, settings } = context;
    const auth = await openAuth({ pool, ...authOptions(settings) });
    const { keep, draw, kicktipp } = await openService(context);
    const limit = await limitRequests(pool, settings.requestsPerMinute);
    const { trustProxy } = settings;
    const app = await createApp({ telemetry, limit, trustProxy, page: new URL('../page/', import.meta.url) });
    addRoutes(app, { auth, keep, draw, kicktipp, pool, asynchronous: settings.asynchronous });
    return { app, close: () => keep.stop() };
  },
});
