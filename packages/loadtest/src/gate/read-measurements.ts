import { readDocument } from '../files/read-document.ts';
import type { Baseline, Measurements } from './measurements.ts';
import { baselineSchema, measurementsSchema } from './measurements-schema.ts';

/** @throws LoadtestError `MEASUREMENTS_INVALID`, with a line for each fault */
export const readMeasurements = (text: string, file = 'measurements.json'): Measurements =>
  readDocument(text, { file, schema: measurementsSchema, code: 'MEASUREMENTS_INVALID' }).value;

/** @throws LoadtestError `BASELINE_INVALID`, with a line for each fault */
export const readBaseline = (text: string, file = 'baseline.json'): Baseline =>
  readDocument(text, { file, schema: baselineSchema, code: 'BASELINE_INVALID' }).value;
