import type { Alert } from './alert.ts';
import { type Dialect, namesOf } from './dialect.ts';
import { hostAlerts } from './host-alerts.ts';
import { machineAlerts } from './machine-alerts.ts';
import { postgresAlerts } from './postgres-alerts.ts';
import { queueAlerts } from './queue-alerts.ts';
import { PRESETS, type Thresholds } from './thresholds.ts';
import { workerAlerts } from './worker-alerts.ts';

/** Groups of alerts: the content of a rule file. */
export interface Rules {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Alert[] }[];
}

/** What {@link alertRules} is told. */
export interface RuleOptions {
  readonly dialect?: Dialect;
  readonly thresholds?: Thresholds;
}

/**
 * The alert rules, for the names that a dialect gives the metrics. Gauges of the store are taken by `max`, as they may
 * for a moment be shown by two processes; every alert ends by itself when its cause does.
 */
export function alertRules({ dialect = 'scrape', thresholds = PRESETS.strict }: RuleOptions = {}): Rules {
  const names = namesOf(dialect);
  return {
    groups: [
      { name: 'scorekeep-queues', rules: queueAlerts(names, thresholds) },
      { name: 'scorekeep-workers', rules: workerAlerts(names, thresholds) },
      { name: 'scorekeep-postgres', rules: postgresAlerts(names, thresholds) },
      { name: 'scorekeep-host', rules: hostAlerts(names, thresholds) },
      { name: 'scorekeep-machine', rules: machineAlerts(thresholds) },
    ],
  };
}
