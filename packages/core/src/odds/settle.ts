import { MAX_DECIMAL_ODDS } from './format.ts';
import { grade, type Part, returnFactor } from './grade.ts';
import { OddsError } from './odds-error.ts';
import {
  type Amount,
  add,
  compare,
  divide,
  multiply,
  ONE,
  type Rational,
  rational,
  subtract,
  toRational,
  ZERO,
} from './rational.ts';
import type { OutrightSelection, Result, Selection } from './selection.ts';

export type Bet = SingleBet | EachWayBet | ParlayBet;

/** One selection. A lay bet takes the other side: its `stake` is the backer's, its risk is stake · (odds − 1). */
export interface SingleBet {
  readonly type: 'single';
  readonly stake: Amount;
  /** Decimal odds. */
  readonly odds: Amount;
  readonly selection: Selection;
  /** Default back. */
  readonly side?: 'back' | 'lay';
  /** Share of the profit that is kept, such as 0.02. Default 0. */
  readonly commission?: Amount;
}

/** Two bets of `stake` each: to win, and to be placed at a fraction of the profit. */
export interface EachWayBet {
  readonly type: 'each-way';
  readonly stake: Amount;
  readonly odds: Amount;
  readonly selection: Omit<OutrightSelection, 'places'>;
  /** Places paid, and the part of the profit they pay: `{ places: 3, part: [1, 4] }` for a quarter. */
  readonly terms: { readonly places: number; readonly part: readonly [number, number] };
}

/** All legs must come in; each leg's return is staked on the next. A void or pushed leg counts as odds of 1. */
export interface ParlayBet {
  readonly type: 'parlay';
  readonly stake: Amount;
  readonly legs: readonly Leg[];
}

export interface Leg {
  readonly odds: Amount;
  readonly selection: Selection;
}

/** What happened to the money. All amounts are exact; `toFixed` writes them with the places of a currency. */
export interface Settlement {
  /** `void` when nothing but void parts are left, `push` when the stake came back on the line; `part-won` and `part-lost` by the sign of the profit. */
  readonly status: SettlementStatus;
  /** What was at risk: the stake, both stakes of an each-way bet, the liability of a lay bet. */
  readonly risked: Rational;
  /** Paid back, after commission: 0 when all is lost. */
  readonly returned: Rational;
  readonly profit: Rational;
  readonly commission: Rational;
  /** One entry per bet or leg, in order. */
  readonly breakdown: readonly SettlementLine[];
}

export type SettlementStatus = 'won' | 'lost' | 'push' | 'void' | 'part-won' | 'part-lost';

export interface SettlementLine {
  readonly label: 'back' | 'lay' | 'win' | 'place' | `leg ${number}`;
  readonly odds: Rational;
  /** What one unit on it returns; the factors of a parlay multiply. */
  readonly factor: Rational;
  /** The shares of the stake and what became of each, with the reason. */
  readonly parts: readonly Part[];
}

/** Most legs of a parlay. */
export const MAX_LEGS = 50;

/**
 * Settles a bet in exact arithmetic: no price or money is ever a float, and quarter lines, dead heats and parlays of
 * them come out to the last digit.
 *
 * @param results one result; for a parlay one per leg, in the order of the legs
 * @throws OddsError RESULT_MISMATCH when a result does not fit its selection; AMOUNT_INVALID, ODDS_OUT_OF_RANGE, OPTION_INVALID
 */
export function settle(bet: SingleBet | EachWayBet, results: Result): Settlement;
export function settle(bet: ParlayBet, results: readonly Result[]): Settlement;
export function settle(bet: Bet, results: Result | readonly Result[]): Settlement {
  const stake = toRational(bet.stake, 'Stake');
  if (compare(stake, ZERO) <= 0) {
    throw new OddsError('AMOUNT_INVALID', `Stake must be greater than 0, got ${String(bet.stake)}`, {
      stake: bet.stake,
    });
  }
  const given = [results].flat();
  if (bet.type === 'parlay') return settleParlay(bet, stake, given);
  const [result, ...surplus] = given;
  if (result === undefined || surplus.length > 0) throw wrongCount(1, given.length);
  return bet.type === 'single' ? settleSingle(bet, stake, result) : settleEachWay(bet, stake, result);
}

const wrongCount = (expected: number, got: number): OddsError =>
  new OddsError('RESULT_MISMATCH', `The bet needs one result for each of its ${expected} selections, got ${got}`, {
    expected,
    got,
  });

function settleSingle(bet: SingleBet, stake: Rational, result: Result): Settlement {
  const odds = checkedOdds(bet.odds);
  const share = toRational(bet.commission ?? 0, 'Commission');
  if (compare(share, ZERO) < 0 || compare(share, ONE) >= 0) {
    throw new OddsError(
      'OPTION_INVALID',
      `Commission must be from 0 to below 1 (0.02 is 2 %), got ${String(bet.commission)}`,
      { commission: bet.commission },
    );
  }
  const side = bet.side ?? 'back';
  const line = settlementLine(side, odds, grade(bet.selection, result));
  const backed = multiply(stake, subtract(line.factor, ONE));
  const [risked, gross] =
    side === 'back' ? [stake, backed] : [multiply(stake, subtract(odds, ONE)), subtract(ZERO, backed)];
  const commission = compare(gross, ZERO) > 0 ? multiply(gross, share) : ZERO;
  const profit = subtract(gross, commission);
  return {
    status: statusOf(line.parts, risked, profit),
    risked,
    returned: add(risked, profit),
    profit,
    commission,
    breakdown: [line],
  };
}

function settleEachWay(bet: EachWayBet, stake: Rational, result: Result): Settlement {
  const odds = checkedOdds(bet.odds);
  const [top, bottom] = bet.terms.part;
  if (![top, bottom].every(Number.isInteger) || top < 1 || bottom < top) {
    throw new OddsError('OPTION_INVALID', `Each-way terms pay a part such as [1, 4], got [${top}, ${bottom}]`, {
      terms: bet.terms,
    });
  }
  const placeOdds = add(ONE, multiply(subtract(odds, ONE), rational(BigInt(top), BigInt(bottom))));
  const on = (places: number): OutrightSelection => ({ ...bet.selection, places });
  const win = settlementLine('win', odds, grade(on(1), result));
  const place = settlementLine('place', placeOdds, grade(on(bet.terms.places), result));
  return withoutCommission(multiply(stake, rational(2n)), multiply(stake, add(win.factor, place.factor)), [win, place]);
}

function settleParlay(bet: ParlayBet, stake: Rational, results: readonly Result[]): Settlement {
  if (bet.legs.length < 2 || bet.legs.length > MAX_LEGS) {
    throw new OddsError('OPTION_INVALID', `A parlay has from 2 to ${MAX_LEGS} legs, got ${bet.legs.length}`, {
      legs: bet.legs.length,
    });
  }
  if (results.length !== bet.legs.length) throw wrongCount(bet.legs.length, results.length);
  const lines = results.flatMap((result, i) => {
    const leg = bet.legs[i];
    return leg === undefined
      ? []
      : [settlementLine(`leg ${i + 1}`, checkedOdds(leg.odds), grade(leg.selection, result))];
  });
  const factor = lines.reduce((product, line) => multiply(product, line.factor), ONE);
  return withoutCommission(stake, multiply(stake, factor), lines);
}

function withoutCommission(risked: Rational, returned: Rational, breakdown: readonly SettlementLine[]): Settlement {
  const profit = subtract(returned, risked);
  const parts = breakdown.flatMap((line) => line.parts);
  return { status: statusOf(parts, risked, profit), risked, returned, profit, commission: ZERO, breakdown };
}

const settlementLine = (label: SettlementLine['label'], odds: Rational, parts: readonly Part[]): SettlementLine => ({
  label,
  odds,
  factor: returnFactor(parts, odds),
  parts,
});

function statusOf(parts: readonly Part[], risked: Rational, profit: Rational): SettlementStatus {
  if (compare(divide(profit, risked), rational(-1n)) === 0) return 'lost';
  if (parts.every(({ fate }) => fate === 'void')) return 'void';
  if (parts.every(({ fate }) => fate === 'void' || fate === 'push')) return 'push';
  const gained = compare(profit, ZERO) > 0;
  const uniform = new Set(parts.map(({ fate }) => fate)).size === 1;
  return gained ? (uniform ? 'won' : 'part-won') : 'part-lost';
}

function checkedOdds(odds: Amount): Rational {
  const value = toRational(odds, 'Odds');
  if (compare(value, ONE) <= 0 || compare(value, rational(BigInt(MAX_DECIMAL_ODDS))) > 0) {
    throw new OddsError(
      'ODDS_OUT_OF_RANGE',
      `Odds must be greater than 1 and at most ${MAX_DECIMAL_ODDS}, got ${String(odds)}`,
      { odds },
    );
  }
  return value;
}
