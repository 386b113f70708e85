import { isPlainObject } from './json.ts';
import type { StandardSchema } from './standard-schema.ts';

/** How an event's data differs from what its schema names, though the schema accepts it. Top-level fields only. */
export interface Drift {
  /** Fields that the schema does not name: a newer client, or a misspelt name. */
  readonly unknown: readonly string[];
  /** Optional fields that were left out. */
  readonly missing: readonly string[];
}

/** The top-level fields of a type's data. */
export interface TypeFields {
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

/** The fields that a schema names, where its library has Standard JSON Schema and the schema is an object; else undefined. */
export function fieldsOf(schema: StandardSchema): TypeFields | undefined {
  let described: Readonly<Record<string, unknown>> | undefined;
  try {
    described = schema['~standard'].jsonSchema?.input({ target: 'draft-2020-12' });
  } catch {
    return undefined; // The library says so when a schema has no JSON Schema, as for a transform.
  }
  if (!isPlainObject(described?.['properties'])) return undefined;
  const required = Array.isArray(described['required']) ? described['required'].map(String) : [];
  const known = Object.keys(described['properties']);
  return { required, optional: known.filter((name) => !required.includes(name)) };
}

/**
 * Looks for drift. Where the fields are not known, a field that the schema's output no longer has counts as unknown.
 */
export function drifter(
  fields: TypeFields | undefined,
): (data: Readonly<Record<string, unknown>>, value: unknown) => Drift | undefined {
  if (fields === undefined) {
    return (data, value) =>
      isPlainObject(value) && value !== data
        ? drift(
            Object.keys(data).filter((name) => !Object.hasOwn(value, name)),
            [],
          )
        : undefined;
  }
  const known = new Set([...fields.required, ...fields.optional]);
  return (data) =>
    drift(
      Object.keys(data).filter((name) => !known.has(name)),
      fields.optional.filter((name) => data[name] === undefined),
    );
}

const drift = (unknown: readonly string[], missing: readonly string[]): Drift | undefined =>
  unknown.length === 0 && missing.length === 0 ? undefined : { unknown, missing };
