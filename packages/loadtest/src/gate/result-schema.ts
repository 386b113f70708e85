import { z } from 'zod';
import type { Result } from './result.ts';

const verdict = z.enum(['pass', 'inconclusive', 'fail', 'violated']);
const number = z.number().optional();
const check = z.strictObject({
  layer: z.enum(['samples', 'invariants', 'slo', 'counters', 'relative']),
  metric: z.string(),
  verdict,
  message: z.string(),
  measured: number,
  limit: number,
  low: number,
  high: number,
  headroom: number,
  file: z.string(),
  line: z.int().min(1),
});

/** What a result file looks like; `schema/result-1.json` is made of it. */
export const resultSchema: z.ZodType<Result> = z
  .strictObject({
    $schema: z.string().optional(),
    version: z.literal(1),
    verdict,
    exitCode: z.int().min(0).max(4),
    profile: z.string(),
    takenAt: z.string(),
    environment: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    scenarios: z.array(z.strictObject({ name: z.string(), verdict, checks: z.array(check) })),
  })
  .meta({ title: 'Result of scorekeep-loadtest, version 1' });
