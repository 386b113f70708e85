import { type Alert, critical, risen, warning } from './alert.ts';
import type { AnyMetric, Names } from './dialect.ts';
import type { Thresholds } from './thresholds.ts';

/** The host itself: what its guides ask for, corrected. */
export function hostAlerts(m: Names, t: Thresholds): Alert[] {
  const requests = (more: string): string =>
    `sum by (job) (rate(${m('http.server.request.duration', 'count')}${more}[5m]))`;
  const errors = `${requests('{http_response_status_code=~"5.."}')} / ${requests('')}`;
  const some = `${requests('')} > 0.1`;
  const named = (metric: AnyMetric): string => `max by (scorekeep_name) (${m(metric)})`;
  return [
    critical(
      'HostDown',
      'up == 0',
      '1m',
      '{{ $labels.job }} {{ $labels.instance }} does not answer',
      'The process is gone, or its port is.',
    ),
    warning(
      'HostErrors',
      `${errors} > ${t.httpErrors.warning} and ${some}`,
      '5m',
      '{{ $labels.job }}: {{ $value | humanizePercentage }} of the requests end in 5xx',
      'A share, so that it means the same at any traffic.',
    ),
    critical(
      'HostErrorsMany',
      `${errors} > ${t.httpErrors.critical} and ${some}`,
      '5m',
      '{{ $labels.job }}: {{ $value | humanizePercentage }} of the requests end in 5xx',
      'As HostErrors, with more.',
    ),
    warning(
      'HostSlow',
      `histogram_quantile(0.95, sum by (job, le) (rate(${m('http.server.request.duration', 'bucket')}[5m]))) > ${t.httpSeconds}`,
      '5m',
      '{{ $labels.job }}: one request in twenty takes longer than {{ $value | humanizeDuration }}',
      'See the pool, the event loop, and the slowest routes.',
    ),
    warning(
      'HostFloor',
      `max by (scorekeep_name) (${m('scorekeep.floor.value')}) < on (scorekeep_name) max by (scorekeep_name) (${m('scorekeep.floor.least')})`,
      '10m',
      '{{ $labels.scorekeep_name }} is {{ $value }}, too few',
      'What the host itself declared a floor of.',
    ),
    warning(
      'HostDataStale',
      `min by (scorekeep_name) (${m('scorekeep.freshness.age')}) > on (scorekeep_name) max by (scorekeep_name) (${m('scorekeep.freshness.most')})`,
      '5m',
      '{{ $labels.scorekeep_name }} is {{ $value | humanizeDuration }} old',
      'What the host itself declared the age of.',
    ),
    warning(
      'HostUnknown',
      `${named('scorekeep.freshness.most')} unless ${named('scorekeep.freshness.age')} or ${named('scorekeep.floor.least')} unless ${named('scorekeep.floor.value')}`,
      '15m',
      'Nobody knows {{ $labels.scorekeep_name }}',
      'The host declared it, and no process could read it. Look for telemetry.failed in their logs.',
    ),
    warning(
      'HostSecurity',
      `sum by (scorekeep_name) (${risen(m('scorekeep.security.events'), '5m')}) > ${t.securityEvents}`,
      '0m',
      '{{ $labels.scorekeep_name }}: {{ $value | humanize }} in five minutes',
      'Somebody tries passwords, or a client is broken. The log has one line for each.',
    ),
  ];
}
