import { z } from 'zod';
import type { PercentilePoint } from '../statistics/percentile-curve.ts';
import type { Facts } from './measurements.ts';

/** What was seen during a run, for the report. Nothing of it is judged. */
export interface Observed {
  /** In the order of time; what was not looked at is left out. */
  readonly series?: readonly Moment[] | undefined;
  /** Latency in milliseconds, as `percentileCurve` gives it. */
  readonly percentiles?: readonly PercentilePoint[] | undefined;
  /** What the workers run with, read back by them from the library and from Postgres; not what they were told. */
  readonly configuration?: Facts | undefined;
}

/** One look at a run. */
export interface Moment {
  /** Seconds from the start of the load. */
  readonly second: number;
  /** Results per second since the last look. */
  readonly perSecond?: number | undefined;
  /** Items that wait. */
  readonly backlog?: number | undefined;
  /** Cores that Node and Postgres used since the last look. */
  readonly cores?: number | undefined;
  /** Bytes of memory of all workers, or of the host. */
  readonly memory?: number | undefined;
  /** Versions of rows that a vacuum has yet to clear. */
  readonly deadTuples?: number | undefined;
  /** Bytes of the database, without the write-ahead log. */
  readonly disk?: number | undefined;
}

const amount = z.number().min(0).optional();

/** The schema of {@link Observed}, a part of `schema/measurements-1.json`. */
export const observedSchema: z.ZodType<Observed> = z.strictObject({
  series: z
    .array(
      z.strictObject({
        second: z.number().min(0),
        perSecond: amount,
        backlog: amount,
        cores: amount,
        memory: amount,
        deadTuples: amount,
        disk: amount,
      }),
    )
    .optional(),
  percentiles: z.array(z.strictObject({ percentile: z.number().min(0).lt(1), value: z.number().min(0) })).optional(),
  configuration: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});
