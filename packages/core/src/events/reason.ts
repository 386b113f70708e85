/**
 * Why an event is refused or doubted. `code` and `path` are for programs and counters and quote nothing of the payload but
 * names of its keys; `message` is for the sender: schema libraries may quote there what was sent, so do not log it.
 */
export interface Reason<Code extends string = string> {
  readonly code: Code;
  /** Where in the event: `time`, `data.score`; for a limit its name, for plausibility the name of the check. May be empty. */
  readonly path: string;
  readonly message: string;
}

/** Why an event is rejected: sending the same again will not help. */
export type RejectionCode =
  /** No JSON: a text that does not parse, or a value such as NaN, a Date or a function. */
  | 'not-json'
  /** An event, or its data, that is no JSON object. */
  | 'not-object'
  /** An attribute that an event must have. */
  | 'missing'
  /** An attribute of another JSON type than it must have. */
  | 'wrong-type'
  /** An attribute that cannot be read, such as a time that is no RFC 3339 time. */
  | 'malformed'
  /** A part of CloudEvents that is not taken: another specversion, binary data, a content type that is not JSON. */
  | 'unsupported'
  | 'unknown-type'
  /** A version that the type has not, or not yet. */
  | 'unknown-version'
  /** Larger than a limit; the path is its name in {@link EventLimits}. */
  | 'limit'
  /** U+0000, which no Postgres text holds. */
  | 'nul'
  /** Half of a surrogate pair, which is no Unicode. */
  | 'lone-surrogate'
  /** A key `__proto__`, `constructor` or `prototype`. */
  | 'reserved-key'
  /** An integer beyond ±(2^53 - 1): it has been rounded before it came here. Send such ids as text. */
  | 'unsafe-integer'
  /** The schema of its type refuses it. */
  | 'schema'
  /** An upcaster failed on it. */
  | 'upcast'
  /** No subject, or another one in the data than in the envelope. */
  | 'subject';

/** Why an event is kept aside: it may be true, and somebody should look. */
export type DoubtCode =
  /** A plausibility check of its type; the path is the check's name. */
  | 'implausible'
  /** Its time lies further ahead than clocks differ. */
  | 'time-ahead'
  /** Its time lies further back than events come late. */
  | 'time-behind';

export type Rejection = Reason<RejectionCode>;
export type Doubt = Reason<DoubtCode>;

/**
 * A reason in the form that statistics group by, such as `missing:id`, `limit:depth` or `schema:data.items[].id`; at most 120
 * characters, that Postgres can hold.
 */
export function reasonText({ code, path }: Reason): string {
  const text = path === '' ? code : `${code}:${path.replaceAll(/\[\d+\]/g, '[]')}`;
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1).toWellFormed()}…`;
}

const MAX_TEXT = 120;
