import { isPlainObject } from './json.ts';
import type { EventLimits } from './limits.ts';
import { pathText } from './path-text.ts';
import type { Rejection, RejectionCode } from './reason.ts';
import { parseTime } from './time.ts';

/** The attributes of a CloudEvent, each checked by itself; the data is only handed on. */
export interface Envelope {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string | undefined;
  /** Milliseconds since 1970. */
  readonly time: number | undefined;
  readonly dataschema: string | undefined;
  readonly dataversion: number | undefined;
  readonly data: unknown;
  readonly extensions: Extensions | undefined;
}

/** Extension attributes by name. */
export type Extensions = Readonly<Record<string, string | number | boolean>>;

/** An envelope, or what is wrong with it. */
export type ReadEnvelope =
  | { readonly ok: true; readonly envelope: Envelope }
  | { readonly ok: false; readonly reason: Rejection };

/**
 * Reads the envelope of a CloudEvent in JSON (CloudEvents 1.0.2, JSON format). An attribute that is null is absent, as the
 * format says. Two things are easier than there: `specversion` may be left out, and so may `source` where there is a default.
 *
 * @param ignored names of extension attributes that are left out, and count for no limit
 */
export function readEnvelope(
  input: unknown,
  limits: EventLimits,
  source: string | undefined,
  ignored: ReadonlySet<string> = NOTHING,
): ReadEnvelope {
  if (!isPlainObject(input)) {
    return { ok: false, reason: { code: 'not-object', path: '', message: 'An event must be a JSON object.' } };
  }
  const reader: Reader = { input, limits, fault: undefined };
  const id = required(reader, 'id', input['id']);
  const envelope: Envelope = {
    id,
    source: source !== undefined && !given(input['source']) ? source : required(reader, 'source', input['source']),
    type: required(reader, 'type', input['type']),
    subject: optional(reader, 'subject', input['subject']),
    time: readTime(reader),
    dataschema: optional(reader, 'dataschema', input['dataschema']),
    dataversion: readVersion(reader),
    data: input['data'] ?? {},
    extensions: readExtensions(reader, ignored),
  };
  checkSupport(reader);
  return reader.fault === undefined ? { ok: true, envelope } : { ok: false, reason: reader.fault };
}

const NOTHING: ReadonlySet<string> = new Set();

/** The id of an input that has a readable one, to tell its sender which one is meant. */
export function idOf(input: unknown, limits: EventLimits): string | undefined {
  if (!isPlainObject(input)) return undefined;
  const reader: Reader = { input, limits, fault: undefined };
  const id = required(reader, 'id', input['id']);
  return reader.fault === undefined ? id : undefined;
}

interface Reader {
  readonly input: Readonly<Record<string, unknown>>;
  readonly limits: EventLimits;
  /** The first thing that was wrong. */
  fault: Rejection | undefined;
}

function fault(reader: Reader, code: RejectionCode, path: string, says: string): undefined {
  reader.fault ??= { code, path, message: says };
}

const given = (value: unknown): boolean => value !== undefined && value !== null;

function required(reader: Reader, name: string, value: unknown): string {
  if (!given(value)) fault(reader, 'missing', name, `An event must have a ${name}.`);
  return optional(reader, name, value) ?? '';
}

function optional(reader: Reader, name: string, value: unknown): string | undefined {
  if (!given(value)) return undefined;
  const wrong = attributeFault(name, value, reader.limits);
  if (wrong !== undefined) reader.fault ??= wrong;
  return typeof value === 'string' ? value : undefined;
}

/** What is wrong with the text of an attribute; undefined when nothing is. */
export function attributeFault(name: string, value: unknown, { attribute: most }: EventLimits): Rejection | undefined {
  if (typeof value !== 'string') return { code: 'wrong-type', path: name, message: `${name} must be a text.` };
  if (value === '') return { code: 'malformed', path: name, message: `${name} must not be empty.` };
  if (value.length > most) {
    const message = `${name} is longer than ${most} UTF-16 code units (limits.attribute).`;
    return { code: 'limit', path: 'attribute', message };
  }
  if (isPrintable(value) || !FORBIDDEN.test(value)) return undefined;
  if (value.includes('\0')) return { code: 'nul', path: name, message: `${name} has U+0000.` };
  if (!value.isWellFormed())
    return { code: 'lone-surrogate', path: name, message: `${name} has half a surrogate pair.` };
  return { code: 'malformed', path: name, message: `${name} has a control character or a code point that is none.` };
}

/** Of ASCII's printable characters: what nearly every attribute is, and several times faster to see than the rest of Unicode. */
function isPrintable(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x20 || unit > 0x7e) return false;
  }
  return true;
}

/** What the String of CloudEvents leaves out: control characters, surrogates that are no pair, code points that are none. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;

function readTime(reader: Reader): number | undefined {
  const { time } = reader.input;
  if (!given(time)) return undefined;
  if (typeof time !== 'string') return fault(reader, 'wrong-type', 'time', 'time must be a text.');
  return (
    parseTime(time) ?? fault(reader, 'malformed', 'time', 'time must be as RFC 3339 has it: 2026-06-11T19:00:00Z.')
  );
}

function readVersion(reader: Reader): number | undefined {
  const { dataversion } = reader.input;
  if (!given(dataversion)) return undefined;
  if (typeof dataversion === 'number' && Number.isSafeInteger(dataversion) && dataversion >= 1) return dataversion;
  return fault(reader, 'wrong-type', 'dataversion', 'dataversion must be a whole number of at least 1.');
}

function checkSupport(reader: Reader): void {
  const { specversion, datacontenttype, data_base64 } = reader.input;
  if (given(specversion) && specversion !== '1.0') {
    fault(reader, 'unsupported', 'specversion', 'specversion must be "1.0".');
  }
  if (given(data_base64)) fault(reader, 'unsupported', 'data_base64', 'Send JSON in data, not bytes in data_base64.');
  if (given(datacontenttype) && !(typeof datacontenttype === 'string' && JSON_TYPE.test(datacontenttype))) {
    fault(reader, 'unsupported', 'datacontenttype', 'datacontenttype must be JSON, as application/json.');
  }
}

const JSON_TYPE = /^[\w.+-]{1,100}\/(?:[\w.+-]{1,100}\+)?json *(?:;.{0,100})?$/i;

function readExtensions(reader: Reader, ignored: ReadonlySet<string>): Extensions | undefined {
  let found: Record<string, string | number | boolean> | undefined;
  let count = 0;
  for (const name of Object.keys(reader.input)) {
    if (ATTRIBUTES.has(name) || ignored.has(name)) continue;
    const value = reader.input[name];
    if (!given(value)) continue;
    if (!EXTENSION.test(name)) {
      const path = pathText('', [name]).slice(1);
      return fault(
        reader,
        'malformed',
        path,
        'Names of attributes are up to 64 small letters and digits; other fields belong into data.',
      );
    }
    if (typeof value === 'string') {
      const wrong = value === '' ? undefined : attributeFault(name, value, reader.limits);
      if (wrong !== undefined) reader.fault ??= wrong;
    } else if (typeof value !== 'boolean' && !(typeof value === 'number' && (value | 0) === value)) {
      return fault(reader, 'wrong-type', name, `${name} must be a text, a boolean or a whole number of 32 bits.`);
    }
    count += 1;
    if (count > reader.limits.extensions) {
      const most = reader.limits.extensions;
      return fault(
        reader,
        'limit',
        'extensions',
        `There are more than ${most} extension attributes (limits.extensions).`,
      );
    }
    found ??= {};
    found[name] = value as string | number | boolean;
  }
  return found;
}

/** As CloudEvents names attributes; no reserved name of JavaScript fits. */
const EXTENSION = /^[a-z0-9]{1,64}$/;

const ATTRIBUTES: ReadonlySet<string> = new Set([
  'specversion',
  'id',
  'source',
  'type',
  'subject',
  'time',
  'datacontenttype',
  'dataschema',
  'dataversion',
  'data',
  'data_base64',
]);
