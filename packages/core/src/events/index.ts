/** Events: types and versions, envelopes, plausibility, time windows, streams, hash chains and the replay check. */
export { canonicalEvent, type StorableEvent, toCloudEvent } from './cloud-event.ts';
export {
  type Decider,
  type DeciderOptions,
  type Decision,
  decider,
  type Folded,
  isRefused,
  type NewEventOf,
  type Refused,
  refuse,
  type StoredEvent,
  type StreamEventOf,
} from './decider.ts';
export type { Drift, TypeFields } from './drift.ts';
export { type DriftCount, type DriftCounter, driftCounter } from './drift-counter.ts';
export type { Extensions } from './envelope.ts';
export type { Event, EventOf, Parsed } from './event.ts';
export { type EventParser, type EventParserOptions, eventParser } from './event-parser.ts';
export { type EventType, type EventTypeOptions, eventType, type Reading } from './event-type.ts';
export { EventsError, type EventsErrorCode } from './events-error.ts';
export { type Evolver, foldStream } from './fold-stream.ts';
export {
  type ChainedEvent,
  type ChainHead,
  type ChainLink,
  type ChainVerdict,
  chainAppend,
  chainStart,
  type VerifyChainOptions,
  verifyChain,
} from './hash-chain.ts';
export { idTime } from './id-time.ts';
export type { Json, JsonObject } from './json.ts';
export { DEFAULT_LIMITS, type EventLimits } from './limits.ts';
export { parseHistory } from './parse-history.ts';
export { type Payload, payloadDigest } from './payload-digest.ts';
export type { Bounds, NeverCheck, NumberField, PlausibilityCheck, RangeCheck, RateCheck } from './plausibility.ts';
export { type Doubt, type DoubtCode, type Reason, type Rejection, type RejectionCode, reasonText } from './reason.ts';
export {
  type History,
  type ReplayDifference,
  type ReplayReport,
  recordHistory,
  replayCheck,
  type StateRecord,
} from './replay-check.ts';
export { fromSnapshot, type Snapshot, takeSnapshot } from './snapshot.ts';
export type {
  InferInput,
  InferOutput,
  StandardIssue,
  StandardResult,
  StandardSchema,
  StandardSchemaProps,
} from './standard-schema.ts';
export { stateHash } from './state-hash.ts';
export type { Upcasters } from './upcast.ts';
export { advanceWatermark, windowStatus } from './watermark.ts';
export { type HoppingOptions, hoppingWindows, type TumblingOptions, tumblingWindows, type Window } from './windows.ts';
