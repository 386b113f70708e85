import { METRICS, type Metric } from '../catalogue.ts';

/**
 * How metrics get into Prometheus, which decides what they are called there: scraped from the exporter of this process
 * (`scrape`), or sent as OTLP to a collector or to Prometheus itself (`otlp`), which appends the unit. A rule written for
 * one never fires on the other.
 */
export type Dialect = 'scrape' | 'otlp';

/** A metric of another instrumentation that rules are about. */
const OTHERS = {
  'http.server.request.duration': { kind: 'histogram', unit: 's' },
  'nodejs.eventloop.delay.p99': { kind: 'gauge', unit: 's' },
  'nodejs.eventloop.utilization': { kind: 'gauge', unit: '1' },
} as const;

/** Any metric that a rule or panel may name. */
export type AnyMetric = Metric | keyof typeof OTHERS;

/** What a metric is called in Prometheus. */
export type Names = (metric: AnyMetric, part?: 'bucket' | 'count' | 'sum') => string;

/** https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/ */
export const namesOf =
  (dialect: Dialect): Names =>
  (metric, part) => {
    const { kind, unit } = metric in METRICS ? METRICS[metric as Metric] : OTHERS[metric as keyof typeof OTHERS];
    const ratio = unit === '1' && kind === 'gauge' ? '_ratio' : '';
    const suffix = dialect === 'scrape' ? '' : (SUFFIX[unit] ?? ratio);
    const name = metric.replaceAll('.', '_');
    const total = kind === 'counter' ? '_total' : '';
    return `${name}${name.endsWith(suffix) ? '' : suffix}${total}${part === undefined ? '' : `_${part}`}`;
  };

const SUFFIX: Readonly<Record<string, string>> = { s: '_seconds', By: '_bytes' };
