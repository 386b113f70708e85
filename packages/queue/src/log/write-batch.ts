import { canonicalJson } from '@scorekeep/core/rules';
import type pg from 'pg';
import { publish } from '../facts.ts';
import { classifyError, codeOf, sqlState } from '../postgres/classify-error.ts';
import { askAgain, unavailable } from './ask-again.ts';
import { flush, flushOne, type Outcome } from './flush.ts';
import { isSilence } from './in-time.ts';
import type { KeptConnection } from './kept-connection.ts';
import type { Entry, EntryOutcome, GoOn } from './lanes.ts';
import type { RegisteredLog } from './register-log.ts';
import { withSegments } from './segment.ts';

/** Where batches are written, and how long a database that does not answer is waited for. */
export interface BatchTarget {
  readonly pool: pg.Pool;
  /** Of the pool, for one event at a time. */
  readonly connection: KeptConnection;
  readonly log: RegisteredLog;
  readonly lane: number;
  /** Milliseconds. */
  readonly patience: number;
  /** Events that wait, for the fact. */
  readonly waiting: () => number;
  /** Hears the database's clock, in Unix milliseconds. */
  readonly onClock: (clock: number) => void;
}

/**
 * Writes what waits in a lane and settles every entry, whatever happens: races and lost connections are tried again, since
 * the statement may be repeated; what Postgres cannot store is found by halving and refused alone.
 */
export async function writeBatch(target: BatchTarget, entries: readonly Entry[], goOn: GoOn): Promise<void> {
  const { connection, log, lane, patience, waiting, onClock } = target;
  const started = performance.now();
  const tally = { accepted: 0, duplicate: 0, conflict: 0, rejected: 0 };
  const count = (outcome: Outcome | EntryOutcome): void => {
    if (typeof outcome === 'object') tally['accepted' in outcome ? 'accepted' : 'rejected']++;
    else if (outcome !== 'again') tally[outcome]++;
  };
  let isTold = false;
  const tell = (): void => {
    isTold = true;
    const milliseconds = performance.now() - started;
    publish('ingest.flushed', { log: log.name, lane, ...tally, milliseconds, waiting: waiting() });
  };
  const settle: Settle = (entry, outcome) => {
    if (!isTold) count(outcome);
    entry.call.settle(entry, outcome);
  };
  // As a rule one statement answers all, and that is told before anybody hears his answer.
  const onAnswered: OnAnswered = (outcomes) => {
    for (const outcome of outcomes) count(outcome);
    tell();
    return goOn();
  };
  try {
    // The short way, for a caller who is alone and waits for each step of the long one.
    const alone = entries.length === 1 ? (entries[0] as Entry) : undefined;
    const written = alone && (await flushOne(connection, log, alone, patience));
    if (alone !== undefined && written !== undefined) {
      if (written.clock !== undefined) onClock(written.clock);
      const outcome = { accepted: written.position };
      await onAnswered([outcome]);
      settle(alone, outcome);
    } else {
      const left = { ...target, patience: patience - (performance.now() - started) };
      for (let rest = entries; rest.length > 0; ) rest = await writeOnce(left, rest, settle, onAnswered);
    }
  } catch (error) {
    const failure = isSilence(error) ? unavailable(log, 'database', error) : error;
    for (const call of new Set(entries.map((entry) => entry.call))) call.fail(failure);
  }
  if (!isTold) tell();
}

type Settle = (entry: Entry, outcome: EntryOutcome) => void;

/** Hears the outcomes when they are those of all entries and final, and says what to wait for before they are settled. */
type OnAnswered = (outcomes: readonly Outcome[]) => ReturnType<GoOn>;

/** Writes one entry of each key and judges the others by it; answers those that have to be asked about again. */
async function writeOnce(
  target: BatchTarget,
  entries: readonly Entry[],
  settle: Settle,
  onAnswered: OnAnswered,
): Promise<Entry[]> {
  const { leaders, followers } = byKey(entries);
  const again: Entry[] = [];
  const outcomes = new Map<Entry, EntryOutcome>();
  const hear = (entry: Entry, outcome: Outcome | EntryOutcome): void => {
    if (outcome === 'again') return void again.push(entry);
    if (followers.size > 0) outcomes.set(entry, outcome);
    settle(entry, outcome);
  };
  await write(target, leaders, hear, followers.size === 0 ? onAnswered : undefined);
  for (const [entry, leader] of followers) {
    const first = outcomes.get(leader);
    const same = isSame(entry, leader);
    if (first === undefined || (!same && first !== 'duplicate' && !isAccepted(first))) again.push(entry);
    else settle(entry, same ? (isAccepted(first) ? 'duplicate' : first) : 'conflict');
  }
  return again;
}

/** The first entries of each key, and the others with the first of theirs. A key may be in two shards, as two events. */
function byKey(entries: readonly Entry[]): { leaders: readonly Entry[]; followers: ReadonlyMap<Entry, Entry> } {
  if (new Set(entries.map(({ key }) => key)).size === entries.length) return { leaders: entries, followers: NOBODY };
  const leaders = new Map<string, Entry>();
  const followers = new Map<Entry, Entry>();
  for (const entry of entries) {
    const key = `${entry.key}${entry.shard}`;
    const leader = leaders.get(key);
    if (leader === undefined) leaders.set(key, entry);
    else followers.set(entry, leader);
  }
  return { leaders: [...leaders.values()], followers };
}

const NOBODY: ReadonlyMap<Entry, Entry> = new Map();

const isAccepted = (outcome: EntryOutcome): boolean => typeof outcome === 'object' && 'accepted' in outcome;

/** What the digest compares, for two entries that never were in the database together. */
function isSame(a: Entry, b: Entry): boolean {
  if (a.subject !== b.subject || a.type !== b.type || a.schemaVersion !== b.schemaVersion) return false;
  return a.body === b.body || canonicalJson(JSON.parse(a.body)) === canonicalJson(JSON.parse(b.body));
}

async function write(
  target: BatchTarget,
  entries: readonly Entry[],
  settle: (entry: Entry, outcome: Outcome | EntryOutcome) => void,
  onAnswered?: OnAnswered,
): Promise<void> {
  const outcomes = await persist(target, entries);
  if (!('refused' in outcomes)) {
    if (!outcomes.includes('again')) await onAnswered?.(outcomes);
    for (let i = 0; i < entries.length; i++) settle(entries[i] as Entry, outcomes[i] as Outcome);
  } else if (entries.length === 1) {
    settle(entries[0] as Entry, outcomes);
  } else {
    const middle = entries.length >> 1;
    await write(target, entries.slice(0, middle), settle);
    await write(target, entries.slice(middle), settle);
  }
}

/** Asks until the database has answered; a data error is an answer. */
async function persist(
  { pool, log, patience, onClock }: BatchTarget,
  entries: readonly Entry[],
): Promise<readonly Outcome[] | { refused: string }> {
  try {
    const { outcomes, clock } = await askAgain({ pool, log, patience }, (sql) =>
      withSegments(pool, log, entries.length, () => flush(sql, log, entries)),
    );
    if (clock !== undefined) onClock(clock);
    if (outcomes === undefined) throw unavailable(log, 'readonly');
    return outcomes;
  } catch (error) {
    if (classifyError(error) !== 'data') throw error;
    return { refused: sqlState(error) ?? codeOf(error) };
  }
}
