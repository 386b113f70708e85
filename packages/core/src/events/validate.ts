import { EventsError } from './events-error.ts';
import { pathText } from './path-text.ts';
import type { Rejection } from './reason.ts';
import type { StandardIssue, StandardSchema, StandardSchemaProps } from './standard-schema.ts';

/** What a schema made of data. */
export type Validated<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: Rejection };

/**
 * The schema of a type as a synchronous function. Ingest validates a hundred thousand events a second and cannot wait for
 * each, so a schema that answers with a promise is refused: at once where it shows on an empty object, else each event for
 * which it does, since a promise may also be how a library says that the schema threw.
 *
 * @throws EventsError `DEFINITION_INVALID` for what is no Standard Schema; `ASYNC_SCHEMA`
 */
export function validator<Value>(type: string, schema: StandardSchema): (data: unknown) => Validated<Value> {
  const standard = schema?.['~standard'];
  if (typeof standard?.validate !== 'function') {
    throw new EventsError(
      'DEFINITION_INVALID',
      `The schema of ${type} is no Standard Schema: it has no "~standard".validate. Use zod, valibot, arktype or another library that implements it`,
      { type },
    );
  }
  if (probe(standard)) throw new EventsError('ASYNC_SCHEMA', asynchronous(type), { type });
  return (data) => {
    let result: ReturnType<typeof standard.validate>;
    try {
      result = standard.validate(data);
    } catch (error) {
      const kind = error instanceof Error ? error.name : typeof error;
      return refused('data', `The schema of ${type} threw ${kind}.`);
    }
    if ('then' in result) {
      ignore(result);
      return refused('data', `${asynchronous(type)}. Or else it threw on this event.`);
    }
    if (result.issues === undefined) return { ok: true, value: result.value as Value };
    return refused(issuePath(result.issues[0]), messageOf(result.issues));
  };
}

const asynchronous = (type: string): string =>
  `The schema of ${type} validates asynchronously, and ingest cannot wait for each event: make its refinements and transforms synchronous, and check in a job what needs I/O`;

/** Whether a schema answers an empty object with a promise. */
function probe(standard: StandardSchemaProps<unknown, unknown>): boolean {
  try {
    const result = standard.validate({});
    if (!('then' in result)) return false;
    ignore(result);
    return true;
  } catch {
    return false;
  }
}

/** Nobody waits for it, so its failure must not end the process. */
function ignore(promise: PromiseLike<unknown>): void {
  promise.then(undefined, () => undefined);
}

const refused = <Value>(path: string, message: string): Validated<Value> => ({
  ok: false,
  reason: { code: 'schema', path, message },
});

function issuePath(issue: StandardIssue | undefined): string {
  const keys = issue?.path?.map((part) => (typeof part === 'object' ? part.key : part)) ?? [];
  return pathText('data', keys);
}

/** The first few issues, each with its place. */
function messageOf(issues: readonly StandardIssue[]): string {
  const shown = issues
    .slice(0, MAX_ISSUES)
    .map((issue) => `${issuePath(issue)}: ${issue.message.slice(0, MAX_MESSAGE)}`);
  const rest = issues.length - shown.length;
  return `${shown.join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`.toWellFormed().replaceAll('\0', '\ufffd');
}

const MAX_ISSUES = 3;
const MAX_MESSAGE = 200;
