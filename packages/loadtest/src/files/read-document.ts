import type { z } from 'zod';
import { LoadtestError, type LoadtestErrorCode } from '../loadtest-error.ts';
import { type JsonLines, jsonLines, type Step } from './json-lines.ts';
import { didYouMean } from './nearest.ts';

/** A document that is as its schema has it, and where its parts stand. */
export interface Document<Value> {
  readonly value: Value;
  readonly file: string;
  readonly lines: JsonLines;
}

/** One thing that is wrong with a document. */
export interface DocumentFault {
  readonly path: readonly Step[];
  readonly line: number;
  readonly message: string;
}

export interface ReadDocumentOptions<Value> {
  /** How the file is called in messages. */
  readonly file: string;
  readonly schema: z.ZodType<Value>;
  readonly code: LoadtestErrorCode;
  /** What the schema cannot say: faults of a value that it accepts. */
  readonly check?: (value: Value) => readonly Omit<DocumentFault, 'line'>[];
}

/**
 * Reads a JSON document. Unknown keys, repeated keys and unknown names are faults, each with its line and what was probably
 * meant: a typo must never switch a budget off.
 *
 * @throws LoadtestError with the given code; `fields.faults` has all of them
 */
export function readDocument<Value>(
  text: string,
  { file, schema, code, check = () => [] }: ReadDocumentOptions<Value>,
): Document<Value> {
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch (cause) {
    const message = `${file} is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new LoadtestError(code, message, { file }, { cause });
  }
  const lines = jsonLines(text);
  const parsed = schema.safeParse(input, { error: wording });
  const repeats = lines.repeated.map((path) => ({
    path,
    message: `The key ${JSON.stringify(path.at(-1))} stands here twice`,
  }));
  const found = parsed.success ? check(parsed.data) : parsed.error.issues.flatMap(faultsOf);
  const faults = [...repeats, ...found].map((fault): DocumentFault => ({ ...fault, line: lines.lineOf(fault.path) }));
  if (faults.length > 0 || !parsed.success) {
    const shown = faults.map(({ line, path, message }) => `${file}:${line}: ${pathText(path)}${message}`);
    throw new LoadtestError(code, shown.join('\n'), { file, faults });
  }
  return { value: parsed.data, file, lines };
}

/** A path as messages show it, such as `scenarios.events-100.slo[0].max: `. */
const pathText = (path: readonly Step[]): string => {
  const text = path.reduce<string>(
    (made, step) => (typeof step === 'number' ? `${made}[${step}]` : `${made}.${step}`),
    '',
  );
  return text === '' ? '' : `${text.replace(/^\./, '')}: `;
};

const stepsOf = (path: readonly PropertyKey[]): Step[] =>
  path.map((step) => (typeof step === 'symbol' ? String(step) : step));

function faultsOf(issue: z.core.$ZodIssue): readonly Omit<DocumentFault, 'line'>[] {
  const path = stepsOf(issue.path);
  if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
  return issue.keys.map((key) => ({ path: [...path, key], message: `There is no key ${JSON.stringify(key)} here` }));
}

/** Names what stands there and what was probably meant; undefined leaves the wording to zod. */
function wording(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_value') {
    const values = (issue['values'] as readonly unknown[]).map(String);
    if (issue.input === undefined) return `is missing; one of ${values.join(', ')}`;
    return `There is no ${JSON.stringify(issue.input)} here.${didYouMean(String(issue.input), values)} There are ${values.join(', ')}`;
  }
  if (issue.code === 'invalid_type' && issue.input === undefined) return 'is missing';
  return undefined;
}
