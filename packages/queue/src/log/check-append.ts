import { createHash, createHmac, randomUUID } from 'node:crypto';
import { type EventType, type NewEventOf, payloadDigest } from '@scorekeep/core/events';
import { canonicalJson } from '@scorekeep/core/rules';
import { ScorekeepError } from '../errors.ts';
import type { Appended, AppendOptions, Streams } from './append.ts';
import { assertText, assertTime } from './assert-storable.ts';
import type { EventLog } from './event-log.ts';
import { type SealKeys, seal } from './seal.ts';

/** An event that has passed its checks. */
export interface NewEvent {
  readonly key: string;
  readonly type: number;
  readonly typeVersion: number;
  readonly body: string;
  readonly time: number;
  readonly digest: string | null;
}

/** Checks events as ingest checks them; what ingest would keep aside is refused here, where its maker can be told. */
export function checkAppend(
  { log, registered }: Streams,
  stream: string,
  events: readonly NewEventOf<EventType>[],
  time: number,
  keys: SealKeys | undefined,
): NewEvent[] | Extract<Appended, { status: 'rejected' }> {
  const checked: NewEvent[] = [];
  for (const [index, { type, data }] of events.entries()) {
    const key = randomUUID();
    const dataversion = log.types.find((known) => known.name === type)?.version;
    const parsed = log.parser.parse({ id: key, type, subject: stream, dataversion, data }, time);
    if (parsed.status === 'rejected') return { status: 'rejected', index, reason: parsed.reason };
    const [doubt] = parsed.status === 'quarantined' ? parsed.doubts : [];
    if (doubt !== undefined) return { status: 'rejected', index, reason: doubt };
    const { event } = parsed;
    const { version } = event;
    checked.push({
      key,
      type: registered.typeIds.get(type) ?? Number.NaN,
      typeVersion: version,
      body: keys === undefined ? event.json : seal(keys, stream, key, event.data),
      time,
      digest: registered.chained
        ? payloadDigest({ type, version, subject: stream, data: event.data }, keys?.get(stream) ?? undefined)
        : null,
    });
  }
  return checked;
}

/** What makes two commands of one id the same command: their events, or what those were decided by. */
export function commandDigest(content: unknown, key: Buffer | undefined): string {
  const hash = key === undefined ? createHash('sha256') : createHmac('sha256', key);
  return hash.update(canonicalJson(asJson(content))).digest('hex');
}

/** As it would be sent: a field that is undefined is none, and a Date is its text. */
function asJson(content: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(content));
  } catch (cause) {
    const message = 'A command with a commandId must be JSON, so that the same command can be known again';
    throw new ScorekeepError('DEFINITION_INVALID', message, { argument: 'command' }, { cause });
  }
}

/** @throws ScorekeepError DEFINITION_INVALID for arguments that no stream, command or version can be */
export function assertAppend(
  log: EventLog,
  stream: string,
  events: readonly unknown[],
  { expectedVersion, commandId, time }: AppendOptions,
): void {
  const invalid = (message: string): ScorekeepError =>
    new ScorekeepError('DEFINITION_INVALID', `append to log "${log.name}": ${message}`, { log: log.name });
  const { events: most } = log.limits;
  assertNames(log, stream, commandId);
  if (!Array.isArray(events) || events.length === 0 || events.length > most) {
    throw invalid(`events must be a list of 1 to ${most} (limits.events)`);
  }
  if (events.some((event) => typeof event !== 'object' || event === null)) {
    throw invalid('each of events must be { type, data }');
  }
  const isVersion = Number.isSafeInteger(expectedVersion) && Number(expectedVersion) >= 0;
  if (!isVersion && !['none', 'exists', 'any'].includes(String(expectedVersion))) {
    throw invalid(
      `expectedVersion must be a version from 0, 'none', 'exists' or 'any', got ${JSON.stringify(expectedVersion)}`,
    );
  }
  if (time !== undefined) assertTime('time', time);
}

/** @throws ScorekeepError DEFINITION_INVALID for what no stream or command can be called */
export function assertNames({ name, limits }: EventLog, stream: string, commandId: string | undefined): void {
  const { attribute } = limits;
  for (const [argument, text] of Object.entries({ stream, ...(commandId === undefined ? {} : { commandId }) })) {
    assertText(argument, text);
    if (text !== '' && text.length <= attribute) continue;
    throw new ScorekeepError(
      'DEFINITION_INVALID',
      `log "${name}": ${argument} must be a text of 1 to ${attribute} characters (limits.attribute)`,
      { log: name, argument },
    );
  }
}
