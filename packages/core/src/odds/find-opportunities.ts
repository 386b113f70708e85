import { shown } from '../text/shown.ts';
import { checkCommission, isOdds, oddsError } from './check.ts';
import { netOdds } from './expected-value.ts';
import {
  compareMethods,
  DEVIG_METHODS,
  type DevigMethod,
  marginMethod,
  type ProbabilityInterval,
} from './fair-odds.ts';
import { OddsError } from './odds-error.ts';
import { exp } from './real.ts';

/** One book's price of one outcome at one time. */
export interface Quote {
  readonly market: string;
  readonly outcome: string;
  readonly book: string;
  /** Decimal odds. */
  readonly odds: number;
  /** When the price was seen, epoch milliseconds. */
  readonly at: number;
  /** A suspended quote is neither offered nor an anchor. */
  readonly suspended?: boolean;
}

/** A label for expected values from a bound upwards. */
export interface Threshold {
  readonly label: string;
  readonly min: number;
  /** Whether the bound itself belongs to it. Default true. */
  readonly inclusive?: boolean;
}

/** 4.5 % and more is worth taking; more than nothing is worth asking for a better price. */
export const DEFAULT_THRESHOLDS: readonly Threshold[] = [
  { label: 'take', min: 0.045 },
  { label: 'try-better', min: 0, inclusive: false },
];

export interface OpportunityOptions {
  /** Now, epoch milliseconds: the age of a quote is counted from here. */
  readonly now: number;
  /** Sharp books, most trusted first: fair probabilities come from them, a whole market from one book. */
  readonly anchors: readonly string[];
  /**
   * `first`: the first anchor that prices the whole market. `age-weighted`: the mean of all that do, each weighted by
   * 2^(−age/halfLifeMs) of its oldest quote. Either way the probabilities of a market sum to its target. Default first.
   */
  readonly consensus?: 'first' | 'age-weighted';
  /** Default 5 minutes. */
  readonly halfLifeMs?: number;
  /** Older quotes count neither as anchor nor as offer; as far in the future they are refused too. Default 10 minutes. */
  readonly maxAgeMs?: number;
  /** Share of profits that a book keeps, such as `{ exchange: 0.02 }`. Default 0. */
  readonly commissions?: Readonly<Record<string, number>>;
  /** Margin methods of the interval. Default all but worst-case, which is its lower end. */
  readonly methods?: readonly DevigMethod[];
  /** How many outcomes of a market come true, where that is not 1. */
  readonly targets?: Readonly<Record<string, number>>;
  /** In any order: the highest that is reached gives the label. Default `DEFAULT_THRESHOLDS`. */
  readonly thresholds?: readonly Threshold[];
  /** Which end of the interval a threshold looks at: `min` asks every method to agree. Default min. */
  readonly judge?: 'min' | 'max';
}

/** A price above the fair one. */
export interface Opportunity {
  readonly label: string;
  readonly market: string;
  readonly outcome: string;
  readonly book: string;
  /** As quoted. */
  readonly odds: number;
  /** After the book's commission. */
  readonly netOdds: number;
  /** The books whose whole market the probabilities are taken from. */
  readonly anchors: readonly string[];
  /** Over the margin methods. */
  readonly probability: { readonly min: number; readonly max: number };
  readonly expectedValue: { readonly min: number; readonly max: number };
  /** Of the offer, and of the oldest quote of the anchors; the opportunity is no fresher than the older of them. */
  readonly ageMs: number;
  readonly anchorAgeMs: number;
}

export interface OpportunityReport {
  /** Highest least expected value first; equals by market, outcome and book. */
  readonly opportunities: readonly Opportunity[];
  /** Quotes that could not be used, each for its own reason; its neighbours are unaffected. */
  readonly rejected: readonly RejectedQuote[];
  /** Markets that could not be priced. */
  readonly skipped: readonly SkippedMarket[];
  /** Quotes that were compared with a fair price. */
  readonly compared: number;
}

export interface RejectedQuote {
  /** Position in the board. */
  readonly index: number;
  readonly reason: 'invalid' | 'stale' | 'future' | 'suspended' | 'superseded' | 'unknown-outcome';
  /** For `invalid`. */
  readonly error?: OddsError;
}

export interface SkippedMarket {
  readonly market: string;
  /** No anchor prices all outcomes that any book quotes; or its prices do not make a market. */
  readonly reason: 'no-anchor' | 'anchor-invalid';
  readonly error?: OddsError;
}

const MAX_QUOTES = 5_000_000;

interface Market {
  /** By outcome the books that quote it. */
  readonly outcomes: Map<string, Set<string>>;
  /** Latest quote by book and outcome, with its position in the board. */
  readonly books: Map<string, Map<string, { readonly quote: Quote; readonly index: number }>>;
}

interface Anchored {
  readonly books: readonly string[];
  readonly ageMs: number;
  readonly intervals: ReadonlyMap<string, { readonly min: number; readonly max: number }>;
}

/**
 * Compares every offer on a board with fair probabilities from sharp books. A whole market is priced from one book at a
 * time, so its probabilities always sum to its target. The outcomes of a market are those that an anchor or more than
 * one book quotes, stale and suspended quotes included; an anchor must price all of them now, or the next one is asked.
 *
 * @param board in any order; of several quotes for the same book, market and outcome the latest counts
 * @throws OddsError OPTION_INVALID for options without meaning; MARKET_INVALID beyond 5 million quotes; bad quotes
 * never throw, they are in `rejected`
 */
export function findOpportunities(board: Iterable<Quote>, options: OpportunityOptions): OpportunityReport {
  const settings = checkedOptions(options);
  const rejected: RejectedQuote[] = [];
  const skipped: SkippedMarket[] = [];
  const opportunities: Opportunity[] = [];
  let compared = 0;
  for (const [name, market] of gather(board, settings, rejected)) {
    const anchored = anchor(name, market, settings);
    if ('reason' in anchored) {
      skipped.push(anchored);
      continue;
    }
    for (const [book, offers] of market.books) {
      if (anchored.books.includes(book)) continue;
      for (const { quote, index } of offers.values()) {
        const probability = anchored.intervals.get(quote.outcome);
        if (probability === undefined) {
          rejected.push({ index, reason: 'unknown-outcome' });
          continue;
        }
        compared++;
        const found = judge(quote, probability, anchored, settings);
        if (found !== undefined) opportunities.push(found);
      }
    }
  }
  rejected.sort((a, b) => a.index - b.index);
  return { opportunities: opportunities.sort(bestFirst), rejected, skipped, compared };
}

type Settings = Required<OpportunityOptions>;

function checkedOptions(options: OpportunityOptions): Settings {
  const settings: Settings = {
    consensus: 'first',
    halfLifeMs: 300_000,
    maxAgeMs: 600_000,
    commissions: {},
    methods: DEVIG_METHODS,
    targets: {},
    thresholds: DEFAULT_THRESHOLDS,
    judge: 'min',
    ...options,
  };
  for (const commission of Object.values(settings.commissions)) checkCommission(commission);
  const { now, maxAgeMs, halfLifeMs } = settings;
  if (!Number.isFinite(now))
    throw new OddsError('OPTION_INVALID', `now must be epoch milliseconds, got ${now}`, { now });
  if (!(maxAgeMs > 0)) throw new OddsError('OPTION_INVALID', `maxAgeMs must be above 0, got ${maxAgeMs}`, { maxAgeMs });
  if (!(halfLifeMs > 0))
    throw new OddsError('OPTION_INVALID', `halfLifeMs must be above 0, got ${halfLifeMs}`, { halfLifeMs });
  if (settings.anchors.length === 0) throw new OddsError('OPTION_INVALID', 'Name at least one sharp book in anchors');
  if (settings.methods.length === 0) throw new OddsError('OPTION_INVALID', 'Name at least one method in methods');
  for (const method of settings.methods) marginMethod(method);
  return { ...settings, thresholds: settings.thresholds.toSorted((a, b) => b.min - a.min) };
}

function gather(board: Iterable<Quote>, settings: Settings, rejected: RejectedQuote[]): Map<string, Market> {
  const markets = new Map<string, Market>();
  let index = -1;
  for (const quote of board) {
    index++;
    if (index >= MAX_QUOTES) {
      throw new OddsError('MARKET_INVALID', `A board holds at most ${MAX_QUOTES} quotes; split it by market`, {
        max: MAX_QUOTES,
      });
    }
    const error = flaw(quote);
    if (error !== undefined) {
      rejected.push({ index, reason: 'invalid', error });
      continue;
    }
    // Before it could supersede a quote that is of use.
    if (quote.at - settings.now > settings.maxAgeMs) {
      rejected.push({ index, reason: 'future' });
      continue;
    }
    const market = entry(markets, quote.market, () => ({ outcomes: new Map(), books: new Map() }));
    entry(market.outcomes, quote.outcome, () => new Set<string>()).add(quote.book);
    const offers = entry(market.books, quote.book, () => new Map<string, { quote: Quote; index: number }>());
    const earlier = offers.get(quote.outcome);
    if (earlier !== undefined && earlier.quote.at > quote.at) {
      rejected.push({ index, reason: 'superseded' });
      continue;
    }
    if (earlier !== undefined) rejected.push({ index: earlier.index, reason: 'superseded' });
    offers.set(quote.outcome, { quote, index });
  }
  for (const market of markets.values()) {
    for (const offers of market.books.values()) {
      for (const [outcome, { quote, index: at }] of offers) {
        const reason = unusable(quote, settings);
        if (reason === undefined) continue;
        offers.delete(outcome);
        rejected.push({ index: at, reason });
      }
    }
  }
  return markets;
}

function flaw(quote: Quote): OddsError | undefined {
  if (typeof quote !== 'object' || quote === null) {
    return new OddsError('MARKET_INVALID', `A quote must be an object, got ${String(quote)}`, { quote });
  }
  const { market, outcome, book, odds, at } = quote;
  if (isName(market) && isName(outcome) && isName(book) && isOdds(odds) && Number.isFinite(at)) return undefined;
  for (const [name, value] of Object.entries({ market, outcome, book })) {
    if (isName(value)) continue;
    const message = `The ${name} of a quote must be a text that is not empty, got ${shown(value)}`;
    return new OddsError('MARKET_INVALID', message, { quote });
  }
  if (isOdds(odds))
    return new OddsError('AMOUNT_INVALID', `The time of a quote must be epoch milliseconds, got ${shown(at)}`, {
      quote,
    });
  return oddsError(odds, ` for outcome "${outcome}" of "${market}" at ${book}`);
}

const isName = (value: unknown): boolean => typeof value === 'string' && value !== '';

function unusable(quote: Quote, { now, maxAgeMs }: Settings): RejectedQuote['reason'] | undefined {
  if (quote.suspended === true) return 'suspended';
  return now - quote.at > maxAgeMs ? 'stale' : undefined;
}

function anchor(name: string, market: Market, settings: Settings): Anchored | SkippedMarket {
  const { anchors, now, consensus, halfLifeMs, methods, targets } = settings;
  const outcomes = [...market.outcomes]
    .filter(([, books]) => books.size > 1 || anchors.some((book) => books.has(book)))
    .map(([outcome]) => outcome)
    .sort();
  const target = Object.hasOwn(targets, name) ? (targets[name] ?? 1) : 1;
  const priced: { book: string; ageMs: number; intervals: readonly ProbabilityInterval[] }[] = [];
  let failure: OddsError | undefined;
  for (const book of anchors) {
    const offers = market.books.get(book);
    if (offers === undefined || !outcomes.every((outcome) => offers.has(outcome))) continue;
    const quotes = outcomes.map((outcome) => offers.get(outcome)?.quote);
    try {
      const { intervals } = compareMethods(
        quotes.map((quote) => quote?.odds ?? Number.NaN),
        { target, methods },
      );
      priced.push({ book, ageMs: Math.max(0, ...quotes.map((quote) => now - (quote?.at ?? now))), intervals });
    } catch (error) {
      if (!(error instanceof OddsError)) throw error;
      failure ??= error;
      continue;
    }
    if (consensus === 'first') break;
  }
  const [first] = priced;
  if (first === undefined) {
    return failure === undefined
      ? { market: name, reason: 'no-anchor' }
      : { market: name, reason: 'anchor-invalid', error: failure };
  }
  // Relative to the freshest, so that weights of old books do not all vanish.
  const freshest = Math.min(...priced.map(({ ageMs }) => ageMs));
  const weights = priced.map(({ ageMs }) => exp((-Math.LN2 * (ageMs - freshest)) / halfLifeMs));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = (of: (intervals: readonly ProbabilityInterval[]) => number): number =>
    priced.reduce((sum, { intervals }, i) => sum + ((weights[i] ?? 0) / total) * of(intervals), 0);
  return {
    books: priced.map(({ book }) => book),
    ageMs: Math.max(...priced.map(({ ageMs }) => ageMs)),
    intervals: new Map(
      outcomes.map((outcome, i) => [
        outcome,
        { min: mean((intervals) => intervals[i]?.min ?? 0), max: mean((intervals) => intervals[i]?.max ?? 0) },
      ]),
    ),
  };
}

function judge(
  quote: Quote,
  probability: Opportunity['probability'],
  anchored: Anchored,
  settings: Settings,
): Opportunity | undefined {
  const { market, outcome, book, odds } = quote;
  const net = netOdds(odds, Object.hasOwn(settings.commissions, book) ? settings.commissions[book] : 0);
  const expectedValue = { min: probability.min * net - 1, max: probability.max * net - 1 };
  const decisive = expectedValue[settings.judge];
  const threshold = settings.thresholds.find(({ min, inclusive = true }) =>
    inclusive ? decisive >= min : decisive > min,
  );
  if (threshold === undefined) return undefined;
  return {
    label: threshold.label,
    market,
    outcome,
    book,
    odds,
    netOdds: net,
    anchors: anchored.books,
    probability,
    expectedValue,
    ageMs: Math.max(0, settings.now - quote.at),
    anchorAgeMs: anchored.ageMs,
  };
}

function bestFirst(a: Opportunity, b: Opportunity): number {
  return (
    b.expectedValue.min - a.expectedValue.min ||
    order(a.market, b.market) ||
    order(a.outcome, b.outcome) ||
    order(a.book, b.book)
  );
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function entry<Value>(map: Map<string, Value>, key: string, create: () => Value): Value {
  const found = map.get(key);
  if (found !== undefined) return found;
  const created = create();
  map.set(key, created);
  return created;
}
