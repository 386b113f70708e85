import { AggregationTemporality, InstrumentType } from '@opentelemetry/sdk-metrics';

/**
 * Has a reader or exporter report a gauge only while it is observed. Left to itself the SDK goes on with the last value
 * of a gauge that nobody observes any more, against the specification: a queue whose reader has died would look as it
 * did at its last reading for ever. A gauge has no temporality, so nothing else changes.
 *
 * https://opentelemetry.io/docs/specs/otel/metrics/sdk/#asynchronous-instrument-api
 */
export function freshGauges<Reader extends Selects>(reader: Reader): Reader {
  const others = reader.selectAggregationTemporality.bind(reader);
  reader.selectAggregationTemporality = (type) =>
    type === InstrumentType.OBSERVABLE_GAUGE ? AggregationTemporality.DELTA : others(type);
  return reader;
}

interface Selects {
  selectAggregationTemporality(type: InstrumentType): AggregationTemporality;
}
