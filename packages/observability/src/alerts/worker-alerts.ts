import { type Alert, critical, QUEUE, risen, warning } from './alert.ts';
import type { Names } from './dialect.ts';
import type { Thresholds } from './thresholds.ts';

/** Who does the work. */
export function workerAlerts(m: Names, t: Thresholds): Alert[] {
  const by = (metric: 'scorekeep.worker.slots' | 'scorekeep.worker.slots.used'): string =>
    `sum by (${QUEUE}) (${m(metric)})`;
  const ready = `max by (${QUEUE}) (${m('scorekeep.queue.messages')}{scorekeep_state="ready",${QUEUE}=~"slices/.*"})`;
  return [
    critical(
      'ScorekeepNoWorkers',
      `${ready} > 0 unless on (${QUEUE}) ${by('scorekeep.worker.slots')} > 0`,
      '2m',
      `{{ $labels.${QUEUE} }}: {{ $value }} are ready and no worker serves it`,
      'Start workers that serve this projection and version.',
    ),
    warning(
      'ScorekeepWorkersSaturated',
      `${by('scorekeep.worker.slots.used')} / ${by('scorekeep.worker.slots')} > ${t.utilization}`,
      '10m',
      `{{ $labels.${QUEUE} }}: {{ $value | humanizePercentage }} of the workers are busy`,
      'Fine while a run is under way; if it lasts, start more.',
    ),
    critical(
      'ScorekeepWorkerStuck',
      `${m('scorekeep.worker.loop.age')} > 30`,
      '1m',
      '{{ $labels.instance }}: its loop last went round {{ $value | humanizeDuration }} ago',
      'It goes round several times a second. Its probe /livez ends the process after a minute.',
    ),
    critical(
      'ScorekeepCrashes',
      `sum by (${QUEUE}) (${risen(`${m('scorekeep.attempts')}{scorekeep_outcome="crashed"}`, '30m')}) > 2`,
      '5m',
      `{{ $labels.${QUEUE} }}: {{ $value | humanize }} workers died in 30 minutes`,
      'Their slices were taken over. Look for out of memory, or for a parked item that ends its process.',
    ),
    warning(
      'ScorekeepBackgroundErrors',
      `sum by (scorekeep_where) (rate(${m('scorekeep.background.errors')}[10m])) > 0.1`,
      '10m',
      '{{ $labels.scorekeep_where }}: {{ $value | humanize }} errors a second',
      'error_type says which.',
    ),
    critical(
      'ScorekeepUnhealthy',
      `max by (scorekeep_name, instance) (${m('scorekeep.health.status')}) == 2`,
      '1m',
      '{{ $labels.instance }}: {{ $labels.scorekeep_name }} fails',
      'Three looks in a row. /healthz of the process says more.',
    ),
    warning(
      'ScorekeepEventLoopSlow',
      `${m('nodejs.eventloop.delay.p99')} > ${t.loopSeconds.warning}`,
      '5m',
      '{{ $labels.instance }}: the event loop is held up for {{ $value | humanizeDuration }}',
      'Something computes for too long in one go.',
    ),
    critical(
      'ScorekeepEventLoopStuck',
      `${m('nodejs.eventloop.delay.p99')} > ${t.loopSeconds.critical}`,
      '5m',
      '{{ $labels.instance }}: the event loop is held up for {{ $value | humanizeDuration }}',
      'As ScorekeepEventLoopSlow, for longer.',
    ),
  ];
}
