import { z } from 'zod';
import { budgetsSchema } from '../budgets/budgets-schema.ts';
import { baselineSchema, measurementsSchema } from '../gate/measurements-schema.ts';
import { resultSchema } from '../gate/result-schema.ts';
import { throughputSchema } from '../plan/throughput-schema.ts';

/** The published JSON Schemas, by the name of their file in `schema/`; `pnpm run schema` writes them. */
export const SCHEMAS: Readonly<Record<string, object>> = {
  'budgets-1.json': z.toJSONSchema(budgetsSchema),
  'measurements-1.json': z.toJSONSchema(measurementsSchema),
  'baseline-1.json': z.toJSONSchema(baselineSchema),
  'result-1.json': z.toJSONSchema(resultSchema),
  'throughput-1.json': z.toJSONSchema(throughputSchema),
};
