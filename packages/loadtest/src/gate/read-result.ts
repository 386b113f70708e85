import { readDocument } from '../files/read-document.ts';
import type { Result } from './result.ts';
import { resultSchema } from './result-schema.ts';

/** @throws LoadtestError `RESULT_INVALID`, with a line for each fault */
export const readResult = (text: string, file = 'result.json'): Result =>
  readDocument(text, { file, schema: resultSchema, code: 'RESULT_INVALID' }).value;
