import { z } from 'zod';
import type { Facts } from '../gate/measurements.ts';
import type { ThroughputSample } from '../statistics/scalability.ts';

/** Throughput of different numbers of workers, for a plan. Its JSON Schema is `schema/throughput-1.json`. */
export interface Throughput {
  readonly $schema?: string | undefined;
  readonly version: 1;
  readonly samples: readonly ThroughputSample[];
  /** CPU time of an item, in milliseconds, of Node and Postgres. */
  readonly cpuMsPerItem?: number | undefined;
  /** How long batches of different sizes took. */
  readonly batches?: readonly { readonly items: number; readonly ms: number }[] | undefined;
  /** Where and when, for whoever reads it. */
  readonly environment?: Facts | undefined;
}

/** What a throughput file looks like; `schema/throughput-1.json` is made of it. */
export const throughputSchema: z.ZodType<Throughput> = z
  .strictObject({
    $schema: z.string().optional(),
    version: z.literal(1),
    samples: z.array(z.strictObject({ workers: z.int().min(1), perSecond: z.number().gt(0) })),
    cpuMsPerItem: z.number().gt(0).optional(),
    batches: z.array(z.strictObject({ items: z.int().min(1), ms: z.number().gt(0) })).optional(),
    environment: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  })
  .meta({ title: 'Throughput for scorekeep-loadtest plan, version 1' });
