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
  /** Hands over what was counted, and takes the gauges back for good. */
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
  // What is still under way then counts for nothing; instruments made anew would bring the gauges back.
  let stopped = false;

  const observe = (batch: { observe(to: Observable, value: number, attributes?: Attributes): void }): void => {
    const beyond = new Map<string, { readonly gauge: Observable; value: number; readonly attributes: Attributes }>();
    const put: Put = (name, value, given = {}) => {
      const gauge = made?.gauges.get(name);
      if (gauge === undefined || !Number.isFinite(value)) return;
      const { attributes, kept } = seriesOf(name, given);
      if (kept) return batch.observe(gauge, value, attributes);
      // Of what shares a series an SDK would keep the last that it is told.
      const key = `${name} ${JSON.stringify(attributes)}`;
      const one = beyond.get(key);
      if (one === undefined) beyond.set(key, { gauge, value, attributes });
      else one.value = addsUp(METRICS[name].unit) ? one.value + value : Math.max(one.value, value);
    };
    handOver();
    for (const read of sources) read(put);
    for (const { gauge, value, attributes } of beyond.values()) batch.observe(gauge, value, attributes);
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
      if (stopped || !isMeasure(value)) return;
      const { counters } = instruments();
      const series = seriesOf(name, attributes);
      if (!series.kept) counters.get(name)?.add(value, series.attributes);
      else if (series.counted === undefined) {
        series.counted = value;
        counted.set(series, name);
      } else series.counted += value;
    },
    record(name, value, attributes = {}) {
      if (stopped || !isMeasure(value)) return;
      instruments().histograms.get(name)?.record(value, seriesOf(name, attributes).attributes);
    },
    gauges: (read) => sources.push(read),
    refresh() {
      if (!stopped) instruments();
    },
    stop() {
      stopped = true;
      drop();
    },
  };
}

/** A negative duration comes of a clock that was set back, and what is not finite would spoil its sum for good. */
const isMeasure = (value: number): boolean => value >= 0 && value < Number.POSITIVE_INFINITY;

/** Things and bytes add up; of ages, shares and answers the greatest counts. */
const addsUp = (unit: string): boolean => unit.startsWith('{') || unit === 'By';

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
