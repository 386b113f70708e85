import type { Telemetry } from '@scorekeep/observability/node';

/** Observes this process, when there is a collector to tell. Everything is kept, since all of it is to be seen. */
export async function observe(service: string, collector: string | undefined): Promise<Telemetry | undefined> {
  if (collector === undefined || collector === '') return undefined;
  // Loaded only when it is wanted: an SDK takes longer to load than the demo needs for its first thousand scores.
  const { startTelemetry } = await import('@scorekeep/observability/node');
  return startTelemetry({ service, sample: 1, intervalSeconds: 1, otlp: { url: collector, everyMs: 1_000 } });
}
