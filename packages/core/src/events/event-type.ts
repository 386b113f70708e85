import { type Drift, drifter, fieldsOf, type TypeFields } from './drift.ts';
import { EventsError } from './events-error.ts';
import { isPlainObject } from './json.ts';
import { type PlausibilityCheck, plausibility } from './plausibility.ts';
import type { Doubt, Rejection } from './reason.ts';
import type { InferInput, InferOutput, StandardSchema } from './standard-schema.ts';
import { type Upcasters, upcaster } from './upcast.ts';
import { validator } from './validate.ts';

/**
 * A type of event: its name, its schema, and how older versions of it are read. Made by {@link eventType}; the functions of it
 * are what parsing and folding are made of, and a host rarely calls them.
 *
 * @typeParam Value what the schema gives: what handlers, folds and plausibility checks see
 * @typeParam Data what the schema takes: what is sent and stored
 */
export interface EventType<Name extends string = string, Value = unknown, Data = unknown> {
  readonly name: Name;
  /** The current version; events of the versions from 1 on are read too. */
  readonly version: number;
  /** Whether events of this type go first when many wait. */
  readonly urgent: boolean;
  /** What an event's `dataschema` begins with before the version, when the type has such URIs. */
  readonly dataschema: string | undefined;
  /** Names of the plausibility checks. */
  readonly checks: readonly string[];
  /** A new event of this type, as a decider makes them. */
  of(data: Data): { readonly type: Name; readonly data: Data };
  /** The value of data of a version: brought up to the current version, then validated. The data is not changed. */
  read(data: unknown, version: number): Reading<Value>;
  /** The subject that the data names; the whole function is undefined when the type leaves it to the envelope. */
  readonly subject: ((value: unknown) => unknown) | undefined;
  /** What is implausible about a value; empty when nothing is. */
  doubts(value: unknown): readonly Doubt[];
  /** How data of the current version differs from what the schema names; undefined when it does not. */
  drift(data: Readonly<Record<string, unknown>>, value: unknown): Drift | undefined;
  /** Only for the compiler: what the schema takes and gives. */
  readonly types?: { readonly data: Data; readonly value: Value };
}

/** Data that was read, or why it was not. */
export type Reading<Value> =
  | {
      readonly ok: true;
      readonly value: Value;
      /** The data brought up to the current version, before the schema. */
      readonly current: Readonly<Record<string, unknown>>;
    }
  | { readonly ok: false; readonly reason: Rejection };

export interface EventTypeOptions<Schema extends StandardSchema> {
  /** Any Standard Schema for the current version's data: zod, valibot, arktype and others. Must validate synchronously. */
  readonly schema: Schema;
  /** The current version: 1, unless given. Older versions need `upcast`. */
  readonly version?: number;
  /** For each older version, how its data becomes that of the next: `{ 1: (data) => ({ ...data, mode: 'endless' }) }`. */
  readonly upcast?: Upcasters;
  /** Whose event it is, from its data: what the log is sharded and ordered by. Left out, the envelope must have a `subject`. */
  readonly subject?: (value: InferOutput<Schema>) => string;
  /** Whether events of this type go first when many wait. */
  readonly urgent?: boolean;
  /** Named checks; an event that fails one is quarantined. */
  readonly plausible?: Readonly<Record<string, PlausibilityCheck<InferOutput<Schema>>>>;
  /** A prefix of URIs: the `dataschema` of version 2 is this, followed by `2`. */
  readonly dataschema?: string;
  /** The fields that the schema knows, for the count of drift. Left out, they are asked of the schema where it can say. */
  readonly fields?: TypeFields;
}

/**
 * Defines a type of event.
 *
 * @throws EventsError `DEFINITION_INVALID` for a name, version, upcaster or check that is not well formed; `ASYNC_SCHEMA`
 * for a schema that validates asynchronously, where an empty object shows it
 */
export function eventType<const Name extends string, Schema extends StandardSchema>(
  name: Name,
  options: EventTypeOptions<Schema>,
): EventType<Name, InferOutput<Schema>, InferInput<Schema>> {
  type Value = InferOutput<Schema>;
  const { schema, version = 1, subject, urgent = false, plausible = {}, dataschema } = options;
  if (!NAME.test(name)) {
    throw invalid(
      `An event type's name is a letter and up to 99 letters, digits, ".", "_" or "-", got ${JSON.stringify(name)}`,
    );
  }
  if (!Number.isSafeInteger(version) || version < 1 || version > MAX_VERSION) {
    throw invalid(`The version of ${name} must be a whole number from 1 to ${MAX_VERSION}, got ${version}`);
  }
  if (dataschema !== undefined && (typeof dataschema !== 'string' || dataschema === '')) {
    throw invalid(`The dataschema of ${name} must be the beginning of a URI, got ${JSON.stringify(dataschema)}`);
  }
  const validate = validator<Value>(name, schema);
  const toCurrent = upcaster(name, version, options.upcast);
  const doubts = plausibility<Value>(name, plausible);
  const drift = drifter(options.fields ?? fieldsOf(schema));
  return {
    name,
    version,
    urgent,
    dataschema,
    checks: Object.keys(plausible),
    of: (data) => ({ type: name, data }),
    read: (data, from) => {
      if (!isPlainObject(data)) return { ok: false, reason: NOT_OBJECT };
      const upcast = toCurrent(data, from);
      if (!upcast.ok) return upcast;
      const validated = validate(upcast.data);
      return validated.ok ? { ok: true, value: validated.value, current: upcast.data } : validated;
    },
    subject: subject && ((value) => subject(value as Value)),
    doubts: (value) => doubts(value as Value),
    drift,
  };
}

const NOT_OBJECT: Rejection = { code: 'not-object', path: 'data', message: 'data must be a JSON object.' };

const NAME = /^[A-Za-z][A-Za-z0-9._-]{0,99}$/;
const MAX_VERSION = 1_000;

const invalid = (message: string): EventsError => new EventsError('DEFINITION_INVALID', message);
