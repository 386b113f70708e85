import { type LoggerProvider, logs, trace } from '@opentelemetry/api';
import { EVENTS, type EventDefinition, type EventName, LEVELS, type Level, SCOPE } from '../catalogue.ts';
import { correlation } from '../traces/correlation.ts';
import { errorCode } from './error-code.ts';
import { createRepeats } from './repeated.ts';

/** An event as a line of a log. Its keys are those that the guides' own tools look for. */
export interface LogLine {
  readonly timestamp: string;
  readonly level: Level;
  readonly event: string;
  readonly category: string;
  readonly correlation_id?: string;
  readonly trace_id?: string;
  readonly span_id?: string;
  readonly [field: string]: string | number | boolean | undefined;
}

/** Where lines go. */
export type LogSink = (line: LogLine) => void;

/** Fields of an event before the allow-list. */
export type Fields = Readonly<Record<string, unknown>>;

export interface Log {
  /** Emits an event of the catalogue. */
  emit(name: EventName, fields?: Fields, level?: Level): void;
  /** Emits an event of the host's, with fields that the host has allowed. */
  host(event: string, fields?: Fields, level?: Level): void;
}

/** What {@link createLog} is told. */
export interface LogOptions {
  readonly sink?: LogSink | undefined;
  /** Least level that is emitted. Default `info`. */
  readonly level?: Level | undefined;
  /** Names of fields that the host may log. */
  readonly fields?: readonly string[] | undefined;
  readonly loggerProvider?: LoggerProvider | undefined;
}

/**
 * Emits events to OpenTelemetry, if an SDK is there, and to a sink, if one is given. Fields are an allow-list, by name,
 * and their values short: what is not named cannot leak. It never throws: what is logged has happened all the same.
 */
export function createLog({ sink, level: least = 'info', fields: given = [], loggerProvider }: LogOptions): Log {
  const hostFields = given.filter((name) => !RESERVED.has(name));
  const repeats = createRepeats();
  const record = (event: string, category: string, level: Level, fields: Values): void => {
    try {
      (loggerProvider ?? logs).getLogger(SCOPE).emit({
        eventName: event,
        severityNumber: LEVELS[level],
        severityText: level.toUpperCase(),
        // As in a line, a field says more than what it happened in.
        attributes: { ...correlation(), ...fields, 'scorekeep.category': category },
      });
    } catch {
      // The sink has the event still.
    }
  };
  const write = (line: LogLine): void => {
    try {
      sink?.(line);
    } catch (error) {
      const code = errorCode(error);
      const repeated = repeats(code, performance.now());
      if (repeated !== undefined) record('telemetry.failed', 'telemetry', 'warn', { where: 'log', code, repeated });
    }
  };
  const send = (event: string, definition: EventDefinition, given: Fields, level: Level): void => {
    if (LEVELS[level] < LEVELS[least]) return;
    const fields = allowed(definition.category === 'security' ? hostFields : definition.fields, given);
    const line = lineOf(event, definition.category, level, fields);
    record(event, definition.category, level, fields);
    write(line);
  };
  return {
    emit: (name, fields = {}, level = EVENTS[name].level) => send(name, EVENTS[name], fields, level),
    host: (event, fields = {}, level = 'info') =>
      send(safe(event), { level, category: 'host', fields: hostFields }, fields, level),
  };
}

function lineOf(event: string, category: string, level: Level, fields: Values): LogLine {
  return { timestamp: new Date().toISOString(), level, event, category, ...ids(), ...fields };
}

/** The ids of the span and of the work that run now, for any logger: `pino({ mixin })`. */
export function mixin(): Record<string, string | number> {
  return ids();
}

function ids(): Record<string, string | number> {
  const span = trace.getActiveSpan()?.spanContext();
  return {
    ...correlation(),
    ...(span !== undefined && {
      trace_id: span.traceId,
      span_id: span.spanId,
      trace_flags: `0${(span.traceFlags & 1).toString()}`,
    }),
  };
}

/** The keys of every line, which a host's fields do not replace. */
const RESERVED: ReadonlySet<string> = new Set([
  'timestamp',
  'level',
  'event',
  'category',
  'correlation_id',
  'trace_id',
  'span_id',
  'trace_flags',
]);

/** Fields of an event after the allow-list. */
type Values = Record<string, string | number | boolean>;

function allowed(names: readonly string[], given: Fields): Values {
  const kept: Values = {};
  for (const name of names) {
    const value = given[name];
    // Infinity and NaN have no JSON: a collector would refuse all that is sent with them.
    if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) kept[name] = value;
    else if (typeof value === 'string') kept[name] = safe(value);
  }
  return kept;
}

/** One line, short, and shown as it is: nothing that colours, turns round or hides what stands beside it. */
const safe = (text: string): string => text.slice(0, FIELD_MAX).replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, ' ');
const FIELD_MAX = 200;

/** Lines as JSON into a stream, such as `process.stdout`. */
export const toStream =
  (stream: { write(text: string): unknown }): LogSink =>
  (line) => {
    stream.write(`${JSON.stringify(line)}\n`);
  };

/** Lines into a logger with pino's methods. Time and level are the logger's own. */
export const toLogger =
  (logger: Readonly<Record<Level, (fields: object, message: string) => void>>): LogSink =>
  ({ timestamp: _, level, ...line }) =>
    logger[level](line, line.event);
