import { z } from 'zod';
import { namesOf } from '../metrics.ts';
import type { Budgets } from './budgets.ts';

const name = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, 'must be a name of small letters, digits and "-"');
const percent = z.string().regex(/^\d{1,4}(\.\d{1,3})?%$/, 'must be a percentage such as "2%"');
const bound = z.number().optional();

const sloBudget = z.strictObject({
  metric: z.enum(namesOf('slo')),
  max: bound,
  maxExclusive: bound,
  min: bound,
  minExclusive: bound,
  source: z.string().optional().meta({ description: 'Where the limit comes from' }),
});
const counterBudget = z.strictObject({ metric: z.enum(namesOf('counters')), maxIncrease: percent });
const relativeBudget = z.strictObject({
  metric: z.enum(namesOf('relative')),
  maxIncrease: percent,
  confidence: z.number().gt(0.5).lt(1).optional(),
  rounds: z.tuple([z.int().min(4).max(1000), z.int().min(4).max(1000)]).optional(),
});
const scenario = z.strictObject({
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  requireSamples: z.int().min(1).meta({ description: 'Items that must have been measured; fewer fail' }),
  invariants: z.array(z.enum(namesOf('invariants'))).optional(),
  slo: z.array(sloBudget).optional(),
  counters: z.array(counterBudget).optional(),
  relative: z.array(relativeBudget).optional(),
});
const profile = z.strictObject({
  extends: name.optional(),
  include: z.array(name),
  onInconclusive: z.enum(['warn', 'fail']).optional(),
});

/** What a budgets file looks like; `schema/budgets-1.json` is made of it. */
export const budgetsSchema: z.ZodType<Budgets> = z
  .strictObject({
    $schema: z.string().optional(),
    version: z.literal(1),
    profiles: z.record(name, profile),
    scenarios: z.record(name, scenario),
    against: z.strictObject({ build: z.string().min(1), root: z.string().optional() }).optional(),
  })
  .meta({ title: 'Budgets of scorekeep-loadtest, version 1' });
