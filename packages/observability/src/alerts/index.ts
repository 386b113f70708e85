/**
 * Alert rules for Prometheus and a dashboard for Grafana, generated from the catalogue of signals.
 *
 * @module
 */

export type { Alert } from './alert.ts';
export { dashboard } from './dashboard.ts';
export { type AnyMetric, type Dialect, type Names, namesOf } from './dialect.ts';
export { alertRules, type RuleOptions, type Rules } from './rules.ts';
export { PRESETS, type Thresholds, type Two } from './thresholds.ts';
export { toYaml } from './yaml.ts';
