import { shown } from '../text/shown.ts';
import { OddsError } from './odds-error.ts';
import {
  add,
  compare,
  multiply,
  negate,
  ONE,
  type Rational,
  rational,
  subtract,
  toRational,
  ZERO,
} from './rational.ts';
import type { MatchResult, MatchSelection, OutrightResult, OutrightSelection, Result, Selection } from './selection.ts';

/** A part of the stake that shares one fate. The shares of a bet sum to 1. */
export interface Part {
  readonly share: Rational;
  readonly fate: 'won' | 'lost' | 'push' | 'void';
  /** Why, in words. */
  readonly because: string;
}

const HALF = rational(1n, 2n);
const QUARTER = rational(1n, 4n);
const MAX_GOALS = 1_000;

/** What becomes of a bet, stake and price aside. @throws OddsError RESULT_MISMATCH, AMOUNT_INVALID, OPTION_INVALID */
export function grade(selection: Selection, result: Result): readonly Part[] {
  if (typeof result !== 'object' || result === null) {
    throw new OddsError('RESULT_MISMATCH', `A result must be an object with a type, got ${String(result)}`, { result });
  }
  checkSelection(selection);
  if (result.type === 'void') return [{ share: ONE, fate: 'void', because: result.reason ?? 'void' }];
  if (selection.market === 'outright') {
    if (result.type === 'outright') return gradeOutright(selection, result);
  } else if (result.type === 'match') return gradeMatch(selection, result);
  throw new OddsError(
    'RESULT_MISMATCH',
    `A bet on ${selection.market} cannot be settled by a result of type "${result.type}"`,
    { market: selection.market, type: result.type },
  );
}

const PICKS: Readonly<Record<Selection['market'], readonly string[] | undefined>> = {
  '1x2': ['home', 'draw', 'away'],
  'double-chance': ['home-draw', 'home-away', 'draw-away'],
  'draw-no-bet': ['home', 'away'],
  total: ['over', 'under'],
  handicap: ['home', 'away'],
  'correct-score': undefined,
  outright: undefined,
};

/** A misspelt pick must not settle as a lost bet. */
function checkSelection(selection: Selection): void {
  if (!Object.hasOwn(PICKS, selection.market)) {
    throw new OddsError(
      'OPTION_INVALID',
      `Market must be one of ${Object.keys(PICKS).join(', ')}, got "${String(selection.market)}"`,
      { selection },
    );
  }
  const picks = PICKS[selection.market];
  if (picks !== undefined && !('pick' in selection && picks.includes(selection.pick))) {
    const got = 'pick' in selection ? selection.pick : undefined;
    throw new OddsError(
      'OPTION_INVALID',
      `A pick on ${selection.market} must be one of ${picks.join(', ')}, got "${String(got)}"`,
      { selection },
    );
  }
}

function checkGoals(home: number, away: number): void {
  for (const goals of [home, away]) {
    if (!Number.isInteger(goals) || goals < 0 || goals > MAX_GOALS) {
      const got = [home, away].map(shown).join('-');
      throw new OddsError('AMOUNT_INVALID', `Goals must be whole numbers from 0 to ${MAX_GOALS}, got ${got}`, {
        home,
        away,
      });
    }
  }
}

function gradeMatch(selection: MatchSelection, result: MatchResult): readonly Part[] {
  const { home, away } = result;
  checkGoals(home, away);
  const outcome = home > away ? 'home' : home < away ? 'away' : 'draw';
  const because = `${home}-${away}`;
  const whole = (fate: Part['fate']): readonly Part[] => [{ share: ONE, fate, because }];
  switch (selection.market) {
    case '1x2':
      return whole(selection.pick === outcome ? 'won' : 'lost');
    case 'double-chance':
      return whole(selection.pick.split('-').includes(outcome) ? 'won' : 'lost');
    case 'draw-no-bet':
      return whole(outcome === 'draw' ? 'push' : selection.pick === outcome ? 'won' : 'lost');
    case 'correct-score':
      checkGoals(selection.home, selection.away);
      return whole(selection.home === home && selection.away === away ? 'won' : 'lost');
    case 'total': {
      const line = checkedLine(selection.line);
      const goals = rational(BigInt(home + away));
      const beyond = subtract(goals, line);
      return halves(
        selection.pick === 'over' ? beyond : negate(beyond),
        `${home + away} goals, ${selection.pick}`,
        line,
        selection.pick === 'over' ? -1 : 1,
      );
    }
    case 'handicap': {
      const line = checkedLine(selection.line);
      const lead = rational(BigInt(selection.pick === 'home' ? home - away : away - home));
      return halves(add(lead, line), `${because}, ${selection.pick}`, line, 1);
    }
  }
}

/**
 * Grades what is `beyond` the line; on a quarter line as two halves, a quarter goal below and above it.
 *
 * @param direction how a line moves when `beyond` grows: a higher handicap helps, a higher line hurts "over"
 */
function halves(beyond: Rational, bet: string, line: Rational, direction: 1 | -1): readonly Part[] {
  if (beyond.denominator <= 2n) return [part(ONE, beyond, `${bet} ${text(line)}`)];
  return [negate(QUARTER), QUARTER].map((step) =>
    part(HALF, add(beyond, step), `${bet} ${text(add(line, direction === 1 ? step : negate(step)))}`),
  );
}

const part = (share: Rational, beyond: Rational, because: string): Part => ({
  share,
  fate: beyond.numerator > 0n ? 'won' : beyond.numerator < 0n ? 'lost' : 'push',
  because,
});

/**
 * Dead heats: n runners share the position p, of which min(k, p + n − 1) − p + 1 are paid when k places are; each has
 * that share of its stake won and loses the rest.
 */
function gradeOutright(selection: OutrightSelection, result: OutrightResult): readonly Part[] {
  const { runner, places = 1 } = selection;
  if (!Number.isInteger(places) || places < 1) {
    throw new OddsError('OPTION_INVALID', `Places must be a whole number from 1, got ${places}`, { places });
  }
  const whole = (fate: Part['fate'], because: string): readonly Part[] => [{ share: ONE, fate, because }];
  if (result.nonRunners?.includes(runner) === true) return whole('void', `${runner} did not start`);
  if (!Object.hasOwn(result.positions, runner)) {
    if (result.others?.includes(runner) === true) return whole('lost', `${runner} was not placed`);
    throw new OddsError(
      'RESULT_MISMATCH',
      `"${runner}" is not in the result; name it in positions, others or nonRunners`,
      { runner },
    );
  }
  const position = result.positions[runner] ?? 0;
  if (!Number.isInteger(position) || position < 1) {
    throw new OddsError('AMOUNT_INVALID', `A position must be a whole number from 1, got ${position} for "${runner}"`, {
      runner,
      position,
    });
  }
  const ahead = Object.values(result.positions).filter((other) => other < position).length;
  if (ahead >= position) {
    throw new OddsError(
      'RESULT_MISMATCH',
      `"${runner}" cannot be ${position} behind ${ahead} others: after a dead heat the next position is ${ahead + 1}`,
      { runner, position, ahead },
    );
  }
  if (position > places) return whole('lost', `${runner} finished ${position}, ${places} paid`);
  const level = Object.values(result.positions).filter((other) => other === position).length;
  const paid = Math.min(places, position + level - 1) - position + 1;
  const won: Part = {
    share: rational(BigInt(paid), BigInt(level)),
    fate: 'won',
    because: `${runner} finished ${position}`,
  };
  if (paid === level) return [won];
  const because = `${runner} in a dead heat of ${level} for ${position}, ${paid} paid`;
  return [
    { ...won, because },
    { share: subtract(ONE, won.share), fate: 'lost', because },
  ];
}

function checkedLine(line: MatchSelectionLine): Rational {
  const value = toRational(line, 'Line');
  if (
    4n % value.denominator !== 0n ||
    compare(value, rational(BigInt(MAX_GOALS))) > 0 ||
    compare(value, rational(BigInt(-MAX_GOALS))) < 0
  ) {
    throw new OddsError('OPTION_INVALID', `A line must be a multiple of 0.25, got ${text(value)}`, { line });
  }
  return value;
}

type MatchSelectionLine = Extract<MatchSelection, { readonly line: unknown }>['line'];

/** What each unit staked returns: its won shares at the odds, its push and void shares as they were. */
export function returnFactor(parts: readonly Part[], odds: Rational): Rational {
  let factor = ZERO;
  for (const { share, fate } of parts) {
    if (fate !== 'lost') factor = add(factor, fate === 'won' ? multiply(share, odds) : share);
  }
  return factor;
}

/** A multiple of a quarter as people write it. */
const text = ({ numerator, denominator }: Rational): string =>
  4n % denominator === 0n ? String(Number(numerator) / Number(denominator)) : `${numerator}/${denominator}`;
