import type { Keep } from '@scorekeep/queue';
import type { Store } from '../metrics/store.ts';
import type { Check } from './check.ts';

/** From when on what waits is worth a look. */
export interface HealthThresholds {
  /** Seconds that the oldest of a queue has been ready. */
  readonly oldestSeconds: number;
  /** Seconds since the figures were read. */
  readonly snapshotSeconds: number;
}

/**
 * The checks of a connection. Only that Postgres answers is required: a backlog is no reason to be sent fewer requests,
 * and a worker that is behind must not be restarted for it.
 */
export function pipelineChecks(schema: string, keep: Keep, store: Store, thresholds: HealthThresholds): Check[] {
  return [
    {
      name: `postgres:${schema}`,
      required: true,
      async run() {
        const began = performance.now();
        await keep.transaction((tx) => tx.query('select 1'));
        return { value: Math.round(performance.now() - began), unit: 'ms' };
      },
    },
    {
      name: `pool:${schema}`,
      run() {
        const { max, used, idle, waiting } = keep.pool();
        const status = waiting > 0 && used >= max ? 'warn' : 'pass';
        return { status, value: waiting, unit: '{request}', details: { max, used, idle, waiting } };
      },
    },
    {
      name: `snapshot:${schema}`,
      run() {
        const ageSeconds = Math.min(
          ...store
            .readings()
            .filter((one) => one.schema === schema)
            .map((one) => one.ageSeconds),
        );
        return {
          status: ageSeconds > thresholds.snapshotSeconds ? 'warn' : 'pass',
          value: Math.round(ageSeconds),
          unit: 's',
        };
      },
    },
    {
      name: `oldest:${schema}`,
      run() {
        const readings = store.readings().filter((one) => one.schema === schema);
        // Dead letters wait for somebody, however long, and nothing is known while another process reads.
        const queues = readings
          .flatMap(({ stats }) => stats?.queues ?? [])
          .filter(({ queue }) => !/^dead\//.test(queue));
        if (queues.length === 0) return undefined;
        const oldest = Math.max(0, ...queues.map((queue) => queue.oldestSeconds));
        return { status: oldest > thresholds.oldestSeconds ? 'warn' : 'pass', value: Math.round(oldest), unit: 's' };
      },
    },
  ];
}
