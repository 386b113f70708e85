import { shown } from '../text/shown.ts';
import { checkJson, fitsUtf8 } from './check-json.ts';
import { attributeFault, type Envelope, idOf, readEnvelope } from './envelope.ts';
import type { Event, Parsed } from './event.ts';
import type { EventType } from './event-type.ts';
import { EventsError } from './events-error.ts';
import { type EventLimits, limitsOf } from './limits.ts';
import { marksRepeats } from './mark-repeats.ts';
import type { Doubt, Rejection, RejectionCode } from './reason.ts';

export interface EventParserOptions<Type extends EventType> {
  readonly types: readonly Type[];
  /** The `source` of events that name none. Without it they are rejected. */
  readonly source?: string;
  readonly limits?: Partial<EventLimits>;
  /** How far ahead of `now` an event's time may lie, in milliseconds; beyond, its clock is doubted. 10 minutes. */
  readonly ahead?: number;
  /** How far back of `now` an event's time may lie, in milliseconds; beyond, its clock is doubted. 366 days. */
  readonly behind?: number;
  /** Extension attributes that are not the sender's, such as a relay's: they are left out, and count for no limit. */
  readonly ignore?: readonly string[];
}

/** Turns what came in into events, or into reasons. Never throws for what is sent; `now` is in milliseconds since 1970. */
export interface EventParser<Type extends EventType = EventType> {
  readonly types: readonly Type[];
  readonly limits: EventLimits;
  /** One event. */
  parse(input: unknown, now: number): Parsed<Type>;
  /** A list of events, or one: an answer for each, in order. Events of the same identity are told apart from the first. */
  parseBatch(input: unknown, now: number): readonly Parsed<Type>[];
  /** The body of a request: JSON of one event or a list. Text that is no JSON is one rejection. */
  parseText(text: string, now: number): readonly Parsed<Type>[];
}

/**
 * A parser for the events of these types.
 *
 * @throws EventsError `DEFINITION_INVALID` for two types of one name, no type, or an option that is not well formed
 */
export function eventParser<const Type extends EventType>(options: EventParserOptions<Type>): EventParser<Type> {
  const { types, source, ahead = AHEAD, behind = BEHIND } = options;
  const limits = limitsOf(options.limits);
  const ignored: ReadonlySet<string> = new Set(options.ignore);
  const byName = new Map<string, EventType>(types.map((type) => [type.name, type]));
  if (types.length === 0 || byName.size < types.length) {
    const names = types.map((type) => type.name).join(', ');
    throw invalid(`A parser needs event types of different names, got ${names === '' ? 'none' : names}`);
  }
  if (source !== undefined && attributeFault('source', source, limits) !== undefined) {
    throw invalid(`source must be a text of 1 to ${limits.attribute} characters, got ${shown(source)}`);
  }
  for (const [name, span] of Object.entries({ ahead, behind })) {
    if (!(span >= 0)) throw invalid(`${name} must be a number of milliseconds from 0, got ${span}`);
  }

  const parse = (input: unknown, now: number): Parsed => {
    const read = readEnvelope(input, limits, source, ignored);
    if (!read.ok) return { status: 'rejected', reason: read.reason, id: idOf(input, limits) };
    const { envelope } = read;
    const type = byName.get(envelope.type);
    if (type === undefined) return reject(envelope, 'unknown-type', 'type', 'There is no event type of this name.');
    const version = versionOf(envelope, type);
    if (version === undefined) {
      return reject(envelope, 'unknown-version', 'dataschema', `dataschema must be ${type.dataschema} and a version.`);
    }
    const checked = checkJson(envelope.data, limits);
    if (!checked.ok) return { status: 'rejected', reason: checked.reason, id: envelope.id };
    const reading = type.read(checked.data, version);
    if (!reading.ok) return { status: 'rejected', reason: reading.reason, id: envelope.id };
    const subject = subjectOf(envelope, type, reading.value, limits);
    if (typeof subject !== 'string') return { status: 'rejected', reason: subject, id: envelope.id };
    const event: Event = {
      id: envelope.id,
      source: envelope.source,
      type: type.name,
      version,
      subject,
      time: envelope.time ?? now,
      data: checked.data,
      json: checked.json,
      value: reading.value,
      urgent: type.urgent,
      extensions: envelope.extensions,
      drift: type.drift(reading.current, reading.value),
    };
    const clock = clockDoubt(event.time, now, ahead, behind);
    const doubts = type.doubts(reading.value);
    if (clock === undefined && doubts.length === 0) return { status: 'accepted', event };
    return { status: 'quarantined', event, doubts: clock === undefined ? doubts : [clock, ...doubts] };
  };

  const parseBatch = (input: unknown, now: number): readonly Parsed[] => {
    if (!Array.isArray(input)) return [parse(input, now)];
    const mark = marksRepeats();
    return input.map((item, place) =>
      place < limits.events
        ? mark(parse(item, now), place)
        : { status: 'rejected', reason: tooMany(limits), id: idOf(item, limits) },
    );
  };

  const parseText = (text: string, now: number): readonly Parsed[] => {
    if (!fitsUtf8(text, limits.requestBytes)) {
      return [
        reject(
          undefined,
          'limit',
          'requestBytes',
          `The request is larger than ${limits.requestBytes} bytes (limits.requestBytes).`,
        ),
      ];
    }
    let input: unknown;
    try {
      input = JSON.parse(text);
    } catch {
      return [reject(undefined, 'not-json', '', 'The request is no JSON.')];
    }
    return parseBatch(input, now);
  };

  return { types, limits, parse, parseBatch, parseText } as EventParser<Type>;
}

const AHEAD = 10 * 60_000;
const BEHIND = 366 * 24 * 3_600_000;

const reject = (envelope: Envelope | undefined, code: RejectionCode, path: string, message: string): Parsed<never> => ({
  status: 'rejected',
  reason: { code, path, message },
  id: envelope?.id,
});

const tooMany = ({ events }: EventLimits): Rejection => ({
  code: 'limit',
  path: 'events',
  message: `A request has at most ${events} events (limits.events); send this one again in another.`,
});

/** An event that names no version is of the first: clients older than versions name none. */
function versionOf({ dataschema, dataversion }: Envelope, type: EventType): number | undefined {
  if (dataversion !== undefined || dataschema === undefined || type.dataschema === undefined) return dataversion ?? 1;
  const version = dataschema.startsWith(type.dataschema) ? dataschema.slice(type.dataschema.length) : '';
  return /^[1-9]\d{0,3}$/.test(version) ? Number(version) : undefined;
}

function subjectOf({ subject }: Envelope, type: EventType, value: unknown, limits: EventLimits): string | Rejection {
  if (type.subject === undefined)
    return subject ?? { code: 'missing', path: 'subject', message: 'An event must have a subject.' };
  let own: unknown;
  try {
    own = type.subject(value);
  } catch (error) {
    const kind = error instanceof Error ? error.name : typeof error;
    return { code: 'subject', path: '', message: `The subject of ${type.name} threw ${kind}.` };
  }
  if (typeof own !== 'string') return { code: 'subject', path: '', message: `The subject of ${type.name} is no text.` };
  const wrong = attributeFault('subject', own, limits);
  if (wrong !== undefined) return wrong;
  if (subject !== undefined && subject !== own) {
    return { code: 'subject', path: 'subject', message: 'subject is another one than the data names.' };
  }
  return own;
}

function clockDoubt(time: number, now: number, ahead: number, behind: number): Doubt | undefined {
  if (time > now + ahead) {
    return { code: 'time-ahead', path: 'time', message: `time lies more than ${ahead} ms ahead (ahead).` };
  }
  if (time >= now - behind) return undefined;
  return { code: 'time-behind', path: 'time', message: `time lies more than ${behind} ms back (behind).` };
}

const invalid = (message: string): EventsError => new EventsError('DEFINITION_INVALID', message);
