import { runProcess } from '@scorekeep/example-host';
import { connect } from '@scorekeep/queue';
import { pipelineOf } from './pipeline.ts';
import { migrateGame } from './process/migrate-game.ts';
import { SETTINGS } from './settings.ts';

// A worker: processes events, tries again those that failed, closes tournaments, cleans up. As many as are wanted.
await runProcess({
  service: 'game-events-worker',
  version: '1.0.0',
  database: 'game_events',
  variables: SETTINGS,
  async open({ settings, databaseUrl, pool, telemetry }) {
    const keep = await connect({ pool, controlUrl: databaseUrl, schema: settings.schema ?? 'scorekeep' });
    await migrateGame(keep);
    const work = await pipelineOf(keep, { retentionDays: settings.retentionDays }).work({
      workers: Math.max(1, settings.workers),
      onError: (error) =>
        telemetry.event('processing_failed', { code: (error as { code?: string }).code ?? 'UNKNOWN' }, 'error'),
    });
    return {
      async close() {
        await work.stop();
        await keep.stop();
      },
    };
  },
});
