import { BoardError } from './board-error.ts';

/** What the places of a prize table get of the pool. */
export interface PrizeTable {
  /** What is paid out in all, in whole units: cents, coins. */
  readonly pool: bigint;
  /** Place by place, what share it has of the pool: `[1000, 500, 250]`, amounts or any other weights, 0 to 2^53 − 1. */
  readonly places: readonly number[];
  /**
   * What equals get who take up several places: `split`, each an equal part of what these places have together; or
   * `better`, each the weight of the best of these places, for which all places of the table get a little less.
   */
  readonly ties: 'split' | 'better';
}

/** What a board says of an entrant that a prize needs. */
export interface Ranked {
  readonly subject: string;
  readonly rank: number;
}

/** One entrant's prize. */
export interface Prize {
  readonly subject: string;
  readonly rank: number;
  readonly amount: bigint;
}

/** Everything that is paid, and what nobody won. Together they are the pool, always. */
export interface Payout {
  /** In the order of the entries; prizes of 0 are left out. */
  readonly prizes: readonly Prize[];
  /** The shares of places that nobody took. */
  readonly unclaimed: bigint;
}

/**
 * Pays a pool out by rank. Whole units are paid by the method of the largest remainder (Hamilton): each gets his part rounded
 * down, and the units left over go one each to the largest remainders, among equal remainders to who stands first. So the
 * prizes and what is unclaimed add up to the pool, whatever the ties.
 *
 * @param entries best first; equals have equal ranks, numbered in any way
 * @throws BoardError PRIZES_INVALID
 */
export function payPrizes(entries: readonly Ranked[], table: PrizeTable): Payout {
  assertTable(table);
  assertEntries(entries);
  const places = table.places.map(BigInt);
  const shares: { readonly entry: Ranked | undefined; readonly weight: Weight }[] = [];
  for (let from = 0; from < Math.min(entries.length, places.length); ) {
    let to = from + 1;
    while (to < entries.length && entries[to]?.rank === entries[from]?.rank) to++;
    const together = places.slice(from, to).reduce((a, b) => a + b, 0n);
    const size = BigInt(to - from);
    const weight = table.ties === 'split' ? { part: together, of: size } : { part: places[from] ?? 0n, of: 1n };
    for (const entry of entries.slice(from, to)) shares.push({ entry, weight });
    from = to;
  }
  for (const place of places.slice(shares.length)) shares.push({ entry: undefined, weight: { part: place, of: 1n } });
  const amounts = largestRemainder(
    table.pool,
    shares.map(({ weight }) => weight),
  );
  const prizes = shares.flatMap(({ entry }, i) => {
    const amount = amounts[i] ?? 0n;
    return entry === undefined || amount === 0n ? [] : [{ subject: entry.subject, rank: entry.rank, amount }];
  });
  return { prizes, unclaimed: table.pool - prizes.reduce((sum, { amount }) => sum + amount, 0n) };
}

/** Most places of a table. */
const PLACES_MAX = 100_000;

/** An exact fraction. */
interface Weight {
  readonly part: bigint;
  readonly of: bigint;
}

/** Divides a pool in proportion to weights, into whole units that add up to it; nothing where all weights are 0. */
function largestRemainder(pool: bigint, weights: readonly Weight[]): bigint[] {
  const common = weights.reduce((lcm, { of }) => (lcm % of === 0n ? lcm : (lcm / gcd(lcm, of)) * of), 1n);
  const parts = weights.map(({ part, of }) => part * (common / of));
  const total = parts.reduce((a, b) => a + b, 0n);
  if (total === 0n) return weights.map(() => 0n);
  const amounts = parts.map((part) => (pool * part) / total);
  const left = Number(pool - amounts.reduce((a, b) => a + b, 0n));
  const remainders = parts.map((part, i) => ({ i, remainder: (pool * part) % total }));
  remainders.sort((a, b) => (a.remainder === b.remainder ? a.i - b.i : a.remainder > b.remainder ? -1 : 1));
  for (const { i } of remainders.slice(0, left)) amounts[i] = (amounts[i] ?? 0n) + 1n;
  return amounts;
}

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b);
}

function assertTable({ pool, places, ties }: PrizeTable): void {
  const invalid = (message: string, value: unknown): BoardError => new BoardError('PRIZES_INVALID', message, value);
  if (typeof pool !== 'bigint' || pool < 0n) throw invalid(`pool must be a bigint of 0 or more, got ${pool}`, pool);
  if (places.length === 0 || places.length > PLACES_MAX) {
    throw invalid(`A prize table has 1 to ${PLACES_MAX} places, got ${places.length}`, places.length);
  }
  const wrong = places.findIndex((weight) => !Number.isSafeInteger(weight) || weight < 0);
  if (wrong !== -1) throw invalid(`Place ${wrong + 1} must have a whole weight of 0 or more`, places[wrong]);
  if (ties !== 'split' && ties !== 'better') throw invalid(`ties must be "split" or "better", got ${ties}`, ties);
}

function assertEntries(entries: readonly Ranked[]): void {
  for (const [i, entry] of entries.entries()) {
    const before = entries[i - 1];
    if (before !== undefined && entry.rank < before.rank) {
      const message = `Entries must stand best first: rank ${entry.rank} follows ${before.rank}`;
      throw new BoardError('PRIZES_INVALID', message, entry);
    }
  }
  if (new Set(entries.map(({ subject }) => subject)).size !== entries.length) {
    throw new BoardError('PRIZES_INVALID', 'An entrant stands on the board twice', entries);
  }
}
