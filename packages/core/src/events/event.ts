import type { Drift } from './drift.ts';
import type { EventType } from './event-type.ts';
import type { JsonObject } from './json.ts';
import type { Doubt, Rejection } from './reason.ts';

/**
 * An event whose envelope and data have been checked: a CloudEvent with a type that is known. `source` and `id` together are
 * its identity: whoever sends the same pair again sends the same event again.
 */
export interface Event<Name extends string = string, Value = unknown> {
  readonly id: string;
  readonly source: string;
  readonly type: Name;
  /** The version of the type that the data was sent in; the value is of the current one. */
  readonly version: number;
  /** Whose event it is. */
  readonly subject: string;
  /** When it happened, as the sender says, in milliseconds since 1970; when it came in, if the sender does not say. */
  readonly time: number;
  /** The data as it was sent, unknown fields included: what to store, beside `version`. */
  readonly data: JsonObject;
  /** The data as compact JSON text. */
  readonly json: string;
  /** What the schema made of the data, at the current version: what handlers and folds see. Do not store it. */
  readonly value: Value;
  /** Whether its type goes first. */
  readonly urgent: boolean;
  /** CloudEvents extension attributes, such as `traceparent`; undefined when there is none. */
  readonly extensions: Readonly<Record<string, string | number | boolean>> | undefined;
  /** How its data differs from its schema; undefined when it does not. */
  readonly drift: Drift | undefined;
}

/** The event that a type describes. */
export type EventOf<Type extends EventType> =
  Type extends EventType<infer Name, infer Value> ? Event<Name, Value> : never;

/** What became of one input. */
export type Parsed<Type extends EventType = EventType> =
  | { readonly status: 'accepted'; readonly event: EventOf<Type> }
  /** Well formed, and not believable: to be kept aside with its reasons, and looked at. */
  | { readonly status: 'quarantined'; readonly event: EventOf<Type>; readonly doubts: readonly Doubt[] }
  | { readonly status: 'rejected'; readonly reason: Rejection; readonly id: string | undefined }
  /** The same identity and payload as an earlier event of the same request, whose place `of` is. */
  | { readonly status: 'duplicate'; readonly event: EventOf<Type>; readonly of: number }
  /** The same identity as an earlier event of the same request, with another payload. */
  | { readonly status: 'conflict'; readonly event: EventOf<Type>; readonly of: number };
