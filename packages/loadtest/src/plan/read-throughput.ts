import { readDocument } from '../files/read-document.ts';
import { type Throughput, throughputSchema } from './throughput-schema.ts';

/** @throws LoadtestError `MEASUREMENTS_INVALID`, with a line for each fault */
export const readThroughput = (text: string, file = 'throughput.json'): Throughput =>
  readDocument<Throughput>(text, { file, schema: throughputSchema, code: 'MEASUREMENTS_INVALID' }).value;
