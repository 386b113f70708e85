import { type Alert, critical, QUEUE, risen, warning } from './alert.ts';
import type { Names } from './dialect.ts';
import type { Thresholds } from './thresholds.ts';

/** What waits, fails and gets old. */
export function queueAlerts(m: Names, t: Thresholds): Alert[] {
  const state = (states: string, queues = '!~"dead/.*"'): string =>
    `max by (${QUEUE}, scorekeep_state) (${m('scorekeep.queue.messages')}{scorekeep_state=~"${states}",${QUEUE}${queues}})`;
  const ready = (): string => `max by (${QUEUE}) (${state('ready')})`;
  const drain = `max by (${QUEUE}) (${m('scorekeep.queue.drain.estimate')})`;
  const oldest = `max by (${QUEUE}) (${m('scorekeep.queue.oldest.age')}{${QUEUE}!~"dead/.*"})`;
  const dead = `sum by (${QUEUE}) (${state('ready|deferred|active', '=~"dead/.*"')})`;
  const backlog = (n: number): string => `${ready()} > ${n} and on (${QUEUE}) ${drain} > ${t.drainSeconds}`;
  const attempts = (more: string): string => `sum by (${QUEUE}) (rate(${m('scorekeep.attempts')}${more}[10m]))`;
  const age = `min by (scorekeep_schema) (${m('scorekeep.snapshot.age')})`;
  const late = (over: string): string => {
    // A run and a log that is read from its beginning are many at once, and late by intention.
    const of = `{${QUEUE}!~"(slices|log)/.*"`;
    // Prometheus 3 stores the bound of a whole number as 5.0, those before it as it was written.
    const good = `sum by (${QUEUE}) (rate(${m('scorekeep.wait.duration', 'bucket')}${of},le=~"${t.waitSeconds}([.]0)?"}[${over}]))`;
    return `(1 - ${good} / sum by (${QUEUE}) (rate(${m('scorekeep.wait.duration', 'count')}${of}}[${over}])))`;
  };
  const missed = `${m('scorekeep.schedule.missed')}{scorekeep_outcome="skipped"}`;
  const enough = `sum by (${QUEUE}) (increase(${m('scorekeep.wait.duration', 'count')}[1h])) > 20`;
  return [
    warning(
      'ScorekeepQueueOld',
      `${oldest} > ${t.oldest.warning}`,
      '5m',
      `{{ $labels.${QUEUE} }}: the oldest has been ready for {{ $value | humanizeDuration }}`,
      'Work arrives faster than it is done, or is not done at all. See ScorekeepQueueStalled and ScorekeepNoWorkers; else start more workers.',
    ),
    critical(
      'ScorekeepQueueVeryOld',
      `${oldest} > ${t.oldest.critical}`,
      '5m',
      `{{ $labels.${QUEUE} }}: the oldest has been ready for {{ $value | humanizeDuration }}`,
      'As ScorekeepQueueOld, for longer.',
    ),
    critical(
      'ScorekeepQueueStalled',
      `${ready()} > 0 and on (${QUEUE}) ${drain} >= 31536000`,
      '10m',
      `{{ $labels.${QUEUE} }}: {{ $value }} ready and none done for five minutes`,
      'Workers are gone, stuck or cannot write. Look at their logs for slice.failed and background.error.',
    ),
    warning(
      'ScorekeepBacklog',
      backlog(t.backlog.warning),
      '10m',
      `{{ $labels.${QUEUE} }}: {{ $value }} are ready`,
      'And at the rate of the last five minutes they take too long. Start more workers; scorekeep.workers.desired says how many.',
    ),
    critical(
      'ScorekeepBacklogLarge',
      backlog(t.backlog.critical),
      '10m',
      `{{ $labels.${QUEUE} }}: {{ $value }} are ready`,
      'As ScorekeepBacklog, with more.',
    ),
    warning(
      'ScorekeepDeadLetters',
      `delta((${dead})[15m:1m]) > ${t.deadLetters.warning}`,
      '0m',
      `{{ $labels.${QUEUE} }}: {{ $value | humanize }} more dead letters in 15 minutes`,
      'Items or jobs failed every attempt. Inspect them, mend the cause, redrive them. It ends when no more arrive.',
    ),
    critical(
      'ScorekeepDeadLettersMany',
      `delta((${dead})[15m:1m]) > ${t.deadLetters.critical}`,
      '5m',
      `{{ $labels.${QUEUE} }}: {{ $value | humanize }} more dead letters in 15 minutes`,
      'A cause that many share: a deployment, a schema, an outside service.',
    ),
    warning(
      'ScorekeepRetries',
      `${attempts('{scorekeep_outcome=~"retry|crashed|expired|interrupted"}')} / ${attempts('')} > ${t.retries}`,
      '10m',
      `{{ $labels.${QUEUE} }}: {{ $value | humanizePercentage }} of the attempts fail`,
      'They are tried again. error_type of the attempts says why.',
    ),
    warning(
      'ScorekeepJobsSlow',
      `histogram_quantile(0.95, sum by (${QUEUE}, le) (rate(${m('messaging.process.duration', 'bucket')}{${QUEUE}!~"(slices|log)/.*"}[10m]))) > ${t.processSeconds}`,
      '10m',
      `{{ $labels.${QUEUE} }}: one attempt in twenty takes longer than {{ $value | humanizeDuration }}`,
      'Something that its handler waits for is slow, or it does more than it did. Its traces say which.',
    ),
    critical(
      'ScorekeepWaitBurn',
      `${late('1h')} > 0.144 and ${late('5m')} > 0.144 and ${enough}`,
      '2m',
      `{{ $labels.${QUEUE} }}: {{ $value | humanizePercentage }} wait longer than ${t.waitSeconds} s`,
      'At this rate the month’s hundredth is used up in two days (Google SRE workbook, 14.4 times).',
    ),
    warning(
      'ScorekeepRunSlow',
      `max by (scorekeep_projection) (${m('scorekeep.projection.lag')}) > ${t.runSeconds}`,
      '5m',
      '{{ $labels.scorekeep_projection }}: a run has been under way for {{ $value | humanizeDuration }}',
      'Start more workers, or look why its slices fail.',
    ),
    warning(
      'ScorekeepConsumerBehind',
      `max by (${QUEUE}, scorekeep_name) (${m('scorekeep.consumer.lag')}) > ${t.consumerSeconds}`,
      '5m',
      `{{ $labels.scorekeep_name }} of {{ $labels.${QUEUE} }}: an event or a subject has waited for {{ $value | humanizeDuration }}`,
      'Look whether the consumer or projection runs, or is paused, and what it fails at (projection.failed). Its log cannot be pruned meanwhile; a consumer that will not come back is forgotten with retireConsumer.',
    ),
    warning(
      'ScorekeepScheduleLate',
      `max by (scorekeep_schema) (${m('scorekeep.schedule.lag')}) > ${t.scheduleSeconds}`,
      '5m',
      'Nobody has looked at the schedules for {{ $value | humanizeDuration }}',
      'No process is connected, or none reaches the database. What falls due meanwhile is enqueued late once, with catchUp, or never.',
    ),
    warning(
      'ScorekeepScheduleMissed',
      `sum by (${QUEUE}) (${risen(missed, '1h')}) > 0`,
      '0m',
      `{{ $labels.${QUEUE} }}: its schedule fell due {{ $value | humanize }} times while no process was connected`,
      'Nothing was enqueued for them. Enqueue one by hand if it matters; with catchUp the schedule makes up for it by itself.',
    ),
    warning(
      'ScorekeepSnapshotStale',
      `${age} > ${t.snapshotSeconds.warning}`,
      '5m',
      'The figures of the queues are {{ $value | humanizeDuration }} old',
      'No process reads them: none runs with instrument(), or none reaches the database. Until then no alert on queues can fire.',
    ),
    critical(
      'ScorekeepSnapshotGone',
      `${age} > ${t.snapshotSeconds.critical} or absent(${m('scorekeep.snapshot.age')})`,
      '5m',
      'Nobody reads the figures of the queues',
      'As ScorekeepSnapshotStale, for longer, or no process is scraped.',
    ),
  ];
}
