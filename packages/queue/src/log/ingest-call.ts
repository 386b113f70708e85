import type { Parsed } from '@scorekeep/core/events';
import type { Drifts } from './drift.ts';
import type { Call, Entry, EntryOutcome, Load } from './lanes.ts';
import type { Doubted } from './quarantine.ts';
import type { EventReceipt, Refusal } from './receipt.ts';

/** What the calls of an ingester have in common. */
export interface CallContext {
  readonly drifts: Drifts;
  /** Keeps aside what a call has doubted, and notes its receipts. */
  readonly keepAside: (call: IngestCall) => Promise<void>;
  /** Hears that a call is over, with all its receipts or without. */
  readonly onEnd: (call: IngestCall, receipts?: readonly EventReceipt[]) => void;
}

/** A call of ingest, until it is answered. Thousands may be under way, so each is one object and no nest of closures. */
export class IngestCall implements Call {
  readonly parsed: readonly Parsed[];
  /** Those that are known, each in the place of its event. */
  readonly receipts: (EventReceipt | undefined)[];
  readonly doubted: Doubted[] = [];
  readonly load: Load;
  readonly #context: CallContext;
  readonly #resolve: (receipts: readonly EventReceipt[]) => void;
  readonly #reject: (error: unknown) => void;
  /** Entries whose outcome is not known yet; any number, until it is said. */
  #left = Number.POSITIVE_INFINITY;
  #isOver = false;

  constructor(
    context: CallContext,
    parsed: readonly Parsed[],
    load: Load,
    resolve: (receipts: readonly EventReceipt[]) => void,
    reject: (error: unknown) => void,
  ) {
    this.#context = context;
    this.parsed = parsed;
    this.receipts = new Array<EventReceipt | undefined>(parsed.length);
    this.load = load;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Says how many entries will be settled. */
  expect(entries: number): void {
    this.#left = entries;
    if (entries === 0) this.#written();
  }

  settle(entry: Entry, outcome: EntryOutcome): void {
    const one = this.parsed[entry.index];
    this.receipts[entry.index] = receiptOf(one, entry, outcome);
    if (typeof outcome === 'object' && 'accepted' in outcome && one !== undefined && 'event' in one) {
      if (one.event.drift !== undefined) this.#context.drifts.count(entry.type, one.event.drift);
    }
    if (--this.#left === 0) this.#written();
  }

  /** Once all entries are settled, what becomes of others is no matter of this call. */
  fail(error: unknown): void {
    if (this.#left > 0) this.#break(error);
  }

  #written(): void {
    if (this.#isOver) return;
    if (this.doubted.length === 0) this.#answer();
    else {
      this.#context.keepAside(this).then(
        () => this.#answer(),
        (error: unknown) => this.#break(error),
      );
    }
  }

  #break(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#context.onEnd(this);
    this.#reject(error);
  }

  #answer(): void {
    this.#isOver = true;
    const { parsed, receipts } = this;
    const all = parsed.map((one, index) => receipts[index] ?? repeated(one, receipts));
    this.#context.onEnd(this, all);
    this.#resolve(all);
  }
}

/** The id of an event that has one. */
export const idOf = (parsed: Parsed | undefined): string =>
  parsed === undefined || parsed.status === 'rejected' ? '' : parsed.event.id;

function receiptOf(parsed: Parsed | undefined, { shard }: Entry, outcome: EntryOutcome): EventReceipt {
  const id = idOf(parsed);
  if (typeof outcome === 'string') return { status: outcome, id };
  if ('accepted' in outcome) return { status: 'accepted', id, shard, position: outcome.accepted };
  const reason: Refusal = { code: 'database', path: outcome.refused, message: 'Postgres cannot store it.' };
  return { status: 'rejected', id, reason };
}

/** The receipt of an event that repeats an earlier one of its request. */
function repeated(parsed: Parsed, receipts: readonly (EventReceipt | undefined)[]): EventReceipt {
  const id = idOf(parsed);
  const first = 'of' in parsed ? receipts[parsed.of] : undefined;
  if (parsed.status !== 'duplicate' || first === undefined) return { status: 'conflict', id };
  return first.status === 'accepted' ? { status: 'duplicate', id } : first;
}
