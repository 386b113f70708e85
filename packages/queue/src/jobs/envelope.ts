import type { StandardSchema } from '@scorekeep/core/events';
import type { Job } from './job.ts';
import { Unfinished } from './outcome.ts';
import { BYTES_DEFAULT, checkPayload, type PayloadFault, shown } from './payload.ts';

/** What lies in pg-boss's `data`: the payload as the caller gave it, and the version of the schema that it was made for. */
export interface Envelope {
  readonly version: number;
  readonly payload: unknown;
}

/** A payload that may be stored with what the schema makes of it, or why not. */
export type Sealed = { readonly envelope: Envelope; readonly payload: unknown } | SealFault;

/** `schema`: the job's schema does not take the payload; `at` is where. */
export type SealFault = PayloadFault | { readonly reason: 'schema'; readonly at: string };

/** Checks a payload for the queue. */
export async function seal({ definition }: Job<never, never>, payload: unknown): Promise<Sealed> {
  const checked = checkPayload(payload, definition.bytes ?? BYTES_DEFAULT);
  if ('reason' in checked) return checked;
  const envelope = { version: definition.version ?? 1, payload: checked.value };
  const read = await validate(definition.schema, checked.value);
  return 'at' in read ? read : { envelope, payload: read.value };
}

/** What {@link open} found: a payload for the handler, or what becomes of the job without one. */
export type Opened = { readonly value: unknown } | Unfinished;

/** Reads a stored payload for the handler: upcast to the job's version, then checked by its schema. */
export async function open({ definition, bare }: Job<never, never>, data: unknown): Promise<Opened> {
  if (bare === true) return { value: data };
  const { version, payload } = (data ?? {}) as Partial<Envelope>;
  // A newer release has enqueued it; its own workers know what to do.
  if ((version ?? 1) > (definition.version ?? 1)) return new Unfinished('later', 'NEWER_VERSION', NEWER_SECONDS);
  // A copy, since a handler or an upcast may change what it is given, and runs again when a neighbour in the batch fails.
  let value = copyOf(payload);
  for (let from = version ?? 1; from < (definition.version ?? 1); from++) {
    const up = definition.upcast?.[from];
    if (up === undefined) return new Unfinished('dead', 'NO_UPCAST');
    try {
      value = await up(value);
    } catch {
      return new Unfinished('dead', 'UPCAST_FAILED');
    }
  }
  const read = await validate(definition.schema, value);
  return 'at' in read ? new Unfinished('dead', 'SCHEMA') : read;
}

const NEWER_SECONDS = 5;

/** JSON, as it comes out of the database. */
function copyOf(json: unknown): unknown {
  if (json === null || typeof json !== 'object') return json;
  if (Array.isArray(json)) return json.map(copyOf);
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, copyOf(value)]));
}

async function validate(
  schema: StandardSchema | undefined,
  value: unknown,
): Promise<{ readonly value: unknown } | { readonly reason: 'schema'; readonly at: string }> {
  if (schema === undefined) return { value };
  try {
    const result = await schema['~standard'].validate(value);
    if (result.issues === undefined) return { value: result.value };
    const path = result.issues[0]?.path ?? [];
    const keys = path.map((step) => shown(typeof step === 'object' ? step.key : step));
    return { reason: 'schema', at: keys.map((key) => `/${key}`).join('') };
  } catch {
    // Standard Schema says that validate does not throw; a refinement of the host's may all the same.
    return { reason: 'schema', at: '' };
  }
}
