import {
  DEFAULT_LIMITS,
  type EventLimits,
  type EventParser,
  type EventType,
  eventParser,
} from '@scorekeep/core/events';
import { ScorekeepError } from '../errors.ts';
import { EXPORTED } from './replay.ts';

/** What a host writes to have a log of events. See {@link eventLog}. */
export interface EventLogDefinition<Type extends EventType> {
  /** What happens, made by `eventType`. A type whose events are in the log stays listed. */
  readonly types: readonly Type[];
  /** The `source` of events that name none. Default `/<name>`. */
  readonly source?: string;
  /** How long events are kept, such as `'90 days'`: older segments may be pruned. Default: for ever. */
  readonly retain?: string;
  /**
   * How long ids are remembered, such as `'7 days'`: an event whose time-ordered id (UUID version 7) is older is answered
   * `late`. Ids of any other kind are remembered for ever, whatever this says. Default: for ever.
   */
  readonly horizon?: string;
  /** How far ahead of the database's clock an event's time may lie before it is quarantined. Default `'10 minutes'`. */
  readonly ahead?: string;
  /** How far back it may lie. Default `'366 days'`. */
  readonly behind?: string;
  readonly limits?: Partial<LogLimits>;
  /** Whether each subject's data is sealed with a key of its own, so that deleting the key erases it. Default false. */
  readonly erasable?: boolean;
  /** Whether the events of each stream are chained by hashes. Default false. */
  readonly chained?: boolean;
  /** Positions of a shard in one segment, the unit of pruning. Default 1 000 000. */
  readonly segmentSize?: number;
}

/** Sizes that a log takes. A refusal names the limit. */
export interface LogLimits extends EventLimits {
  /** Events of calls that this process has not answered; while it holds so many, more are UNAVAILABLE. Default 100 000. */
  readonly waiting: number;
  /** The same in bytes. Default 64 MiB. */
  readonly waitingBytes: number;
  /** Milliseconds that a database that does not answer is waited for. Default 10 000, at most a day. */
  readonly patience: number;
}

/** A log of events. Made by {@link eventLog}. */
export interface EventLog<Type extends EventType = EventType> {
  readonly kind: 'events';
  readonly name: string;
  readonly types: readonly Type[];
  readonly source: string;
  /** Milliseconds; null for ever. */
  readonly retain: number | null;
  /** Milliseconds; null for ever. */
  readonly horizon: number | null;
  readonly limits: LogLimits;
  readonly erasable: boolean;
  readonly chained: boolean;
  readonly segmentSize: number;
  readonly parser: EventParser<Type>;
}

/**
 * Declares a log of events: facts that arrive one by one or by the thousand, each kept once, in an order per subject.
 * Its tables are made when it is first used.
 *
 * @param name `a-z`, `0-9` and `_`, at most 30 long; its tables are `events_<name>` and `seen_<name>`
 * @throws ScorekeepError DEFINITION_INVALID when something is not well formed
 */
export function eventLog<const Type extends EventType>(
  name: string,
  definition: EventLogDefinition<Type>,
): EventLog<Type> {
  const invalid = (message: string, options?: ErrorOptions): ScorekeepError =>
    new ScorekeepError('DEFINITION_INVALID', `eventLog("${name}"): ${message}`, { log: name }, options);
  if (!/^[a-z][a-z0-9_]{0,29}$/.test(name) || /_\d+$/.test(name)) {
    throw invalid(
      'the name must be a-z, 0-9 and _, begin with a letter, not end with _ and a number, and be at most 30 long',
    );
  }
  const { types, source = `/${name}`, erasable = false, chained = false, segmentSize = 1_000_000 } = definition;
  const span = (option: 'retain' | 'horizon' | 'ahead' | 'behind'): number | null => {
    const given = definition[option];
    const milliseconds = given === undefined ? null : readSpan(given);
    if (milliseconds !== undefined) return milliseconds;
    throw invalid(`${option} must be a number and a unit, such as "90 days", got ${JSON.stringify(given)}`);
  };
  const { waiting = 100_000, waitingBytes = 64 * 2 ** 20, patience = 10_000, ...limits } = definition.limits ?? {};
  for (const [option, value] of Object.entries({ waiting, waitingBytes, patience, segmentSize })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw invalid(`${option} must be a whole number of at least 1, got ${String(value)}`);
    }
  }
  if (patience > PATIENCE_MAX) throw invalid(`patience must be at most ${PATIENCE_MAX}, got ${patience}`);
  const [ahead, behind] = [span('ahead'), span('behind')];
  let parser: EventParser<Type>;
  try {
    parser = eventParser<Type>({
      types,
      source,
      limits,
      ignore: EXPORTED,
      ...(ahead === null ? {} : { ahead }),
      ...(behind === null ? {} : { behind }),
    });
  } catch (cause) {
    throw invalid(cause instanceof Error ? cause.message : String(cause), { cause });
  }
  return {
    kind: 'events',
    name,
    types: [...types],
    source,
    retain: span('retain'),
    horizon: span('horizon'),
    limits: { ...DEFAULT_LIMITS, ...limits, waiting, waitingBytes, patience },
    erasable,
    chained,
    segmentSize,
    parser,
  };
}

/** A day, in milliseconds: who waits longer for an answer waits for none. */
const PATIENCE_MAX = 86_400_000;

/** `90 days`, `1 hour`: in milliseconds; undefined for anything else. */
function readSpan(text: string): number | undefined {
  const [, amount, unit] = /^(\d{1,6}) (second|minute|hour|day|week)s?$/.exec(text) ?? [];
  return unit === undefined ? undefined : Number(amount) * (UNITS[unit] ?? Number.NaN);
}

const UNITS: Readonly<Record<string, number>> = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
};
