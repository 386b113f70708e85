import {
  type Attributes,
  type Counter,
  type Histogram,
  type MeterProvider,
  metrics,
  type Observable,
} from '@opentelemetry/api';
import {
  type Counter as CounterName,
  type Gauge,
  type Histogram as HistogramName,
  METRICS,
  type MetricDefinition,
  SCOPE,
} from '../catalogue.ts';
import { schemaUrl } from '../schema-url.ts';
import { createSeries, type Series } from './series.ts';

/** Puts the value of a gauge into the collection under way. */
export type Put = (name: Gauge, value: number, attributes?: Attributes) => void;

/** The instruments of the catalogue, made when they are first needed. */
export interface Meters {
  add(name: CounterName, value: number, attributes?: Attributes): void;
  record(name: HistogramName, value: number, attributes?: Attributes): void;
  /** Called at each collection for the values of gauges. */
  gauges(read: (put: Put) => void): void;
  /** Looks whether there is a meter provider now, so that gauges are read although nothing is ever counted. */
  refresh(): void;
  /** Takes the gauges back. */
  stop(): void;
}

/**
 * Instruments against whatever meter provider is registered at the time: a meter that was got from the API before an
 * SDK registers stays without effect for ever, so they are made anew when the provider changes.
 *
 * Counts are kept here until somebody collects: an SDK sorts the attributes of each measurement and makes a text of them, which
 * takes as long as all else that a slice's facts take.
 *
 * @param given a provider to use in place of the global one
 */
export function createMeters(given?: MeterProvider): Meters {
  const sources: ((put: Put) => void)[] = [];
  const seriesOf = createSeries();
  const counted = new Map<Series, CounterName>();
  let provider: MeterProvider | undefined;
  let made: Instruments | undefined;

  const observe = (batch: { observe(to: Observable, value: number, attributes?: Attributes): void }): void => {
    const put: Put = (name, value, attributes = {}) => {
      const gauge = made?.gauges.get(name);
      if (gauge !== undefined && Number.isFinite(value))
        batch.observe(gauge, value, seriesOf(name, attributes).attributes);
    };
    handOver();
    for (const read of sources) read(put);
  };
  const handOver = (): void => {
    for (const [series, name] of counted) {
      made?.counters.get(name)?.add(series.counted ?? 0, series.attributes);
      series.counted = undefined;
    }
    counted.clear();
  };
  const drop = (): void => {
    handOver();
    if (made !== undefined) made.meter.removeBatchObservableCallback(observe, [...made.gauges.values()]);
    made = undefined;
  };
  const instruments = (): Instruments => {
    const current = given ?? metrics.getMeterProvider();
    if (made === undefined || current !== provider) {
      drop();
      provider = current;
      made = make(current);
      made.meter.addBatchObservableCallback(observe, [...made.gauges.values()]);
    }
    return made;
  };

  return {
    add(name, value, attributes = {}) {
      const { counters } = instruments();
      const series = seriesOf(name, attributes);
      if (!series.kept) counters.get(name)?.add(value, series.attributes);
      else if (series.counted === undefined) {
        series.counted = value;
        counted.set(series, name);
      } else series.counted += value;
    },
    record(name, value, attributes = {}) {
      if (value >= 0) instruments().histograms.get(name)?.record(value, seriesOf(name, attributes).attributes);
    },
    gauges: (read) => sources.push(read),
    refresh: () => void instruments(),
    stop: drop,
  };
}

type Meter = ReturnType<MeterProvider['getMeter']>;

interface Instruments {
  readonly meter: Meter;
  readonly counters: ReadonlyMap<string, Counter>;
  readonly histograms: ReadonlyMap<string, Histogram>;
  readonly gauges: ReadonlyMap<string, Observable>;
}

function make(provider: MeterProvider): Instruments {
  const meter = provider.getMeter(SCOPE, undefined, { schemaUrl });
  const counters = new Map<string, Counter>();
  const histograms = new Map<string, Histogram>();
  const gauges = new Map<string, Observable>();
  for (const [name, definition] of Object.entries<MetricDefinition>(METRICS)) {
    const { unit, description, buckets } = definition;
    if (definition.kind === 'counter') counters.set(name, meter.createCounter(name, { unit, description }));
    else if (definition.kind === 'gauge') gauges.set(name, meter.createObservableGauge(name, { unit, description }));
    else {
      const advice = { explicitBucketBoundaries: [...(buckets ?? [])] };
      histograms.set(name, meter.createHistogram(name, { unit, description, advice }));
    }
  }
  return { meter, counters, histograms, gauges };
}
