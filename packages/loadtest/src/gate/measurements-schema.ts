import { z } from 'zod';
import { namesOf } from '../metrics.ts';
import type { Baseline, Measurements } from './measurements.ts';
import { observedSchema } from './observed.ts';

/** Counts and times are never negative; NaN and infinity are no JSON. */
const amount = z.number().min(0);
const fingerprint = z.record(z.string(), z.string());
const params = z.record(z.string(), z.union([z.string(), z.number()]));
const pair = z.strictObject({
  base: z.number().gt(0),
  candidate: z.number().gt(0),
  first: z.enum(['base', 'candidate']),
});
const scenario = z.strictObject({
  samples: z.int().min(0),
  params: params.optional(),
  invariants: z.partialRecord(z.enum(namesOf('invariants')), amount).optional(),
  windows: z.partialRecord(z.enum(namesOf('slo')), z.array(amount)).optional(),
  counters: z.partialRecord(z.enum(namesOf('counters')), z.array(amount)).optional(),
  pairs: z.partialRecord(z.enum(namesOf('relative')), z.array(pair)).optional(),
  disturbed: z.array(z.string()).optional(),
  observed: observedSchema.optional(),
});

/** What a measurements file looks like; `schema/measurements-1.json` is made of it. */
export const measurementsSchema: z.ZodType<Measurements> = z
  .strictObject({
    $schema: z.string().optional(),
    version: z.literal(1),
    takenAt: z.iso.datetime({ offset: true }),
    environment: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    fingerprint,
    scenarios: z.record(z.string(), scenario),
  })
  .meta({ title: 'Measurements of scorekeep-loadtest, version 1' });

/** What a baseline file looks like; `schema/baseline-1.json` is made of it. */
export const baselineSchema: z.ZodType<Baseline> = z
  .strictObject({
    $schema: z.string().optional(),
    version: z.literal(1),
    fingerprint,
    params: z.record(z.string(), params).optional(),
    counters: z.record(z.string(), z.partialRecord(z.enum(namesOf('counters')), amount)),
  })
  .meta({ title: 'Baseline of scorekeep-loadtest, version 1' });
