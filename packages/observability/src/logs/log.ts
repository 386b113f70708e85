import { type LoggerProvider, logs, trace } from '@opentelemetry/api';
import { EVENTS, type EventDefinition, type EventName, LEVELS, type Level, SCOPE } from '../catalogue.ts';
import { correlation } from '../traces/correlation.ts';

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
 * and their values short: what is not named cannot leak.
 */
export function createLog({ sink, level: least = 'info', fields: hostFields = [], loggerProvider }: LogOptions): Log {
  const send = (event: string, definition: EventDefinition, given: Fields, level: Level): void => {
    if (LEVELS[level] < LEVELS[least]) return;
    const fields = allowed(definition.category === 'security' ? hostFields : definition.fields, given);
    const line = lineOf(event, definition.category, level, fields);
    (loggerProvider ?? logs).getLogger(SCOPE).emit({
      eventName: event,
      severityNumber: LEVELS[level],
      severityText: level.toUpperCase(),
      attributes: { ...fields, ...correlation(), 'scorekeep.category': definition.category },
    });
    sink?.(line);
  };
  return {
    emit: (name, fields = {}, level = EVENTS[name].level) => send(name, EVENTS[name], fields, level),
    host: (event, fields = {}, level = 'info') =>
      send(safe(event), { level, category: 'host', fields: hostFields }, fields, level),
  };
}

function lineOf(
  event: string,
  category: string,
  level: Level,
  fields: Record<string, string | number | boolean>,
): LogLine {
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

function allowed(names: readonly string[], given: Fields): Record<string, string | number | boolean> {
  const kept: Record<string, string | number | boolean> = {};
  for (const name of names) {
    const value = given[name];
    if (typeof value === 'number' || typeof value === 'boolean') kept[name] = value;
    else if (typeof value === 'string') kept[name] = safe(value);
  }
  return kept;
}

/** One line, and short. */
const safe = (text: string): string => text.replace(/[^\x20-\x7e\u00a0-\uffff]/g, ' ').slice(0, FIELD_MAX);
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
