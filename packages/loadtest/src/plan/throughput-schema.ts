import { z } from 'zod';
import type { ThroughputSample } from '../statistics/scalability.ts';

/** Throughput of different numbers of workers, for a plan. Its JSON Schema is `schema/throughput-1.json`. */
export interface Throughput {
  readonly $schema?: string | undefined;
  readonly version: 1;
  readonly samples: readonly ThroughputSample[];
}

/** What a throughput file looks like; `schema/throughput-1.json` is made of it. */
export const throughputSchema: z.ZodType<Throughput> = z
  .strictObject({
    $schema: z.string().optional(),
    version: z.literal(1),
    samples: z.array(z.strictObject({ workers: z.int().min(1), perSecond: z.number().gt(0) })),
  })
  .meta({ title: 'Throughput for scorekeep-loadtest plan, version 1' });
