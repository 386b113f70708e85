import { createRepeats } from './logs/repeated.ts';
import type { Meters } from './metrics/meters.ts';
import type { Signals } from './slices.ts';

/** Counts what became of what was handed in. */
export function countReceipts(meters: Meters, destination: string, outcome: string, many: number): void {
  if (many === 0) return;
  meters.add('scorekeep.receipts', many, { 'messaging.destination.name': destination, 'scorekeep.outcome': outcome });
}

/** Event logs: receipts by kind, how long a write takes, and what consumers get through. */
export function observeLogs({ ears, meters, log }: Signals): void {
  const repeats = createRepeats();
  const destination = (name: string): string => `log/${name}`;

  ears.on('ingest.flushed', ({ log: name, accepted, duplicate, conflict, milliseconds }) => {
    for (const [outcome, many] of Object.entries({ accepted, duplicate, conflict })) {
      countReceipts(meters, destination(name), outcome, many);
    }
    meters.record('scorekeep.ingest.duration', milliseconds / 1_000, {
      'messaging.destination.name': destination(name),
    });
  });
  // What the database rejected is among these too.
  ears.on('ingest.refused', ({ log: name, late, quarantined, rejected }) => {
    for (const [outcome, many] of Object.entries({ late, quarantined, rejected })) {
      countReceipts(meters, destination(name), outcome, many);
    }
    const repeated = repeats(name, performance.now());
    if (repeated !== undefined) log.emit('ingest.refused', { log: name, late, quarantined, rejected, repeated });
  });
  ears.on('stream.appended', ({ log: name, status, events }) => {
    countReceipts(meters, destination(name), status.replaceAll('-', '_'), status === 'appended' ? events : 1);
  });
  ears.on('log.consumed', ({ log: name, consumer, events }) => {
    meters.add('scorekeep.consumed.events', events, {
      'messaging.destination.name': destination(name),
      'scorekeep.name': consumer,
    });
  });
}
