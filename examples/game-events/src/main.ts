import { AUTH, authOptions, limitRequests, openAuth, runProcess } from '@scorekeep/example-host';
import { connect } from '@scorekeep/queue';
import { createGameApp } from './app.ts';
import { pipelineOf } from './pipeline.ts';
import { migrateGame } from './process/migrate-game.ts';
import { SETTINGS } from './settings.ts';
import { startLines } from './start-lines.ts';
import { readQueueStats } from './statistics/queue-stats.ts';

// The app: takes events and answers. It processes them as well unless WORKERS=0 leaves that to worker processes.
await runProcess({
  service: 'game-events',
  version: '1.0.0',
  database: 'game_events',
  variables: { ...AUTH, ...SETTINGS },
  async open({ settings, databaseUrl, pool, telemetry }) {
    const auth = await openAuth({ pool, ...authOptions(settings) });
    const keep = await connect({ pool, controlUrl: databaseUrl, schema: settings.schema ?? 'scorekeep' });
    await migrateGame(keep);
    const pipeline = pipelineOf(keep, { retentionDays: settings.retentionDays });
    const direct = settings.processing === 'direct';
    const workers = direct ? 0 : settings.workers;
    const onError = (error: unknown): void => telemetry.event('processing_failed', { code: codeOf(error) }, 'error');
    const stats = await readQueueStats(keep, pipeline.retry);
    const work = direct || workers > 0 ? await pipeline.work({ workers, onError }) : undefined;
    for (const line of startLines({ direct, workers, redisUrl: settings.redisUrl, stats }))
      process.stdout.write(`${line}\n`);
    const limit = await limitRequests(pool, settings.requestsPerMinute);
    const app = await createGameApp({
      keep,
      pipeline,
      auth,
      direct,
      telemetry,
      limit,
      trustProxy: settings.trustProxy,
    });
    return {
      app,
      async close() {
        await work?.stop();
        await keep.stop();
      },
    };
  },
});

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : 'UNKNOWN';
}
