import { shown } from '../text/shown.ts';
import { OddsError } from './odds-error.ts';
import {
  add,
  compare,
  divide,
  negate,
  ONE,
  type Rational,
  type Rounding,
  rational,
  subtract,
  toFixed,
  toNumber,
  toRational,
  ZERO,
} from './rational.ts';

/** The six ways of writing odds; on the same price 2.5 = +150 = 3/2 = HK 1.5 = Malay -0.67 = Indonesian 1.5. */
export const ODDS_FORMATS = ['decimal', 'american', 'fractional', 'hong-kong', 'malay', 'indonesian'] as const;
export type OddsFormat = (typeof ODDS_FORMATS)[number];

/** Exact odds. `profit` is what one unit staked wins beside itself: 3/2 for decimal odds of 2.5. */
export interface Odds {
  readonly profit: Rational;
}

export type ParsedOdds = { readonly ok: true; readonly odds: Odds } | { readonly ok: false; readonly error: OddsError };

export interface OddsDisplay {
  /** Decimal places. Default 0 for American odds, 2 for decimal, 3 for the Asian formats; fractions have none. */
  readonly places?: number;
  /** Default half-up. */
  readonly rounding?: Rounding;
  /** Show the nearest fraction whose denominator is at most this, as books do; without it fractions are exact. */
  readonly maxDenominator?: number;
}

/** Decimal odds above this are taken for a slip of the keyboard. */
export const MAX_DECIMAL_ODDS = 1_000_000;
const MAX_PROFIT = rational(BigInt(MAX_DECIMAL_ODDS - 1));
const MIN_PROFIT = rational(1n, 1_000_000n);
const HUNDRED = rational(100n);
const MAX_TEXT = 32;

/**
 * Reads odds exactly: what is written is what is meant, so "2.10" is 21/10 and "-110" is a profit of 10/11.
 *
 * Conversions: American +a pays a/100, -a pays 100/a; Hong Kong is the profit; Malay is the profit up to 1 and above
 * that minus the stake that wins 1; Indonesian is American over 100. A true minus sign (U+2212) is read as a hyphen.
 *
 * @returns never throws; the error has code ODDS_MALFORMED (not a number in this format),
 * ODDS_OUT_OF_RANGE or OPTION_INVALID (no such format)
 */
export function parseOdds(text: string | number, format: OddsFormat): ParsedOdds {
  try {
    return { ok: true, odds: checked(reader(format)(written(text)), text) };
  } catch (error) {
    if (error instanceof OddsError) return { ok: false, error };
    throw error;
  }
}

/** Whoever types it may have sent JSON of any shape, whose texts can throw. */
function written(text: unknown): string {
  if (typeof text !== 'object' || text === null) return String(text).trim().replace('\u2212', '-');
  throw new OddsError('ODDS_MALFORMED', `Odds must be a text or a number, got ${shown(text)}`, { text });
}

function reader(format: OddsFormat): (text: string) => Rational {
  if (Object.hasOwn(readers, format)) return readers[format];
  throw new OddsError('OPTION_INVALID', `Format must be one of ${ODDS_FORMATS.join(', ')}, got "${String(format)}"`, {
    format,
  });
}

/** Writes odds in a format. Exact in "fractional"; elsewhere rounded to `places`. Round trip: parsing an exact text gives it back. */
export function formatOdds(odds: Odds, format: OddsFormat, display: OddsDisplay = {}): string {
  const { profit } = odds;
  const text = (value: Rational, places: number): string =>
    toFixed(value, display.places ?? places, display.rounding ?? 'half-up');
  const signed = (value: Rational, places: number): string => (value.numerator > 0n ? '+' : '') + text(value, places);
  switch (format) {
    case 'decimal':
      return text(add(profit, ONE), 2);
    case 'american':
      return signed(american(profit), 0);
    case 'hong-kong':
      return text(profit, 3);
    case 'malay':
      return text(compare(profit, ONE) <= 0 ? profit : negate(divide(ONE, profit)), 3);
    case 'indonesian':
      return text(divide(american(profit), HUNDRED), 3);
    case 'fractional': {
      const { numerator, denominator } =
        display.maxDenominator === undefined ? profit : nearestFraction(profit, display.maxDenominator);
      return `${numerator}/${denominator}`;
    }
  }
}

/** Decimal odds as the nearest double, which is what the analysis functions take. */
export const toDecimal = (odds: Odds): number => toNumber(add(odds.profit, ONE));

/** Exact odds of a decimal price. @throws OddsError as `parseOdds` would report */
export function fromDecimal(decimal: string | number): Odds {
  const parsed = parseOdds(decimal, 'decimal');
  if (!parsed.ok) throw parsed.error;
  return parsed.odds;
}

const readers: Readonly<Record<OddsFormat, (text: string) => Rational>> = {
  decimal: (text) => subtract(number(text, 'Decimal odds', '2.10'), ONE),
  american: (text) => {
    const value = number(text, 'American odds', '-110 or +150');
    if (compare(value, HUNDRED) >= 0) return divide(value, HUNDRED);
    if (compare(value, negate(HUNDRED)) <= 0) return divide(negate(HUNDRED), value);
    throw outOfRange(`American odds must be at least +100 or at most -100, got ${text}`, text);
  },
  fractional: (text) => {
    if (/^(evens?|evs)$/i.test(text)) return ONE;
    const parts = text.length <= MAX_TEXT ? /^(\d+)\s*\/\s*(\d+)$/.exec(text) : null;
    if (parts === null) throw malformed('Fractional odds', '10/11 or evens', text);
    const [top, bottom] = [BigInt(parts[1] ?? 0), BigInt(parts[2] ?? 0)];
    if (bottom === 0n) throw outOfRange(`Fractional odds need a denominator of at least 1, got "${text}"`, text);
    return rational(top, bottom);
  },
  'hong-kong': (text) => number(text, 'Hong Kong odds', '0.95'),
  malay: (text) => {
    const value = number(text, 'Malay odds', '0.85 or -0.60');
    if (value.numerator === 0n || compare(value, ONE) > 0 || compare(value, negate(ONE)) < 0) {
      throw outOfRange(`Malay odds must be from -1 to 1 and not 0, got ${text}`, text);
    }
    return value.numerator > 0n ? value : negate(divide(ONE, value));
  },
  indonesian: (text) => {
    const value = number(text, 'Indonesian odds', '-1.18 or 1.50');
    if (compare(value, ONE) >= 0) return value;
    if (compare(value, negate(ONE)) <= 0) return negate(divide(ONE, value));
    throw outOfRange(`Indonesian odds must be at least 1 or at most -1, got ${text}`, text);
  },
};

const american = (profit: Rational): Rational =>
  compare(profit, ONE) >= 0
    ? rational(profit.numerator * 100n, profit.denominator)
    : rational(-100n * profit.denominator, profit.numerator);

function checked(profit: Rational, text: string | number): Odds {
  if (compare(profit, ZERO) <= 0) {
    throw outOfRange(`Odds must pay more than the stake (decimal greater than 1), got ${text}`, text);
  }
  if (compare(profit, MIN_PROFIT) < 0) throw outOfRange(`Decimal odds must be at least 1.000001, got ${text}`, text);
  if (compare(profit, MAX_PROFIT) > 0) {
    throw outOfRange(`Decimal odds must be at most ${MAX_DECIMAL_ODDS}, got ${text}`, text);
  }
  return { profit };
}

function number(text: string, what: string, example: string): Rational {
  if (text.length > MAX_TEXT || !/^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text)) throw malformed(what, example, text);
  try {
    return toRational(text, what);
  } catch {
    throw malformed(what, example, text);
  }
}

function malformed(what: string, example: string, text: string): OddsError {
  const got = text.length <= MAX_TEXT ? `"${text}"` : `${text.length} characters`;
  const remedy = /^[+-]?\d+,\d+$/.test(text) ? '; write a point, not a comma' : '';
  return new OddsError('ODDS_MALFORMED', `${what} must be a number such as ${example}, got ${got}${remedy}`, { text });
}

const outOfRange = (message: string, text: string | number): OddsError =>
  new OddsError('ODDS_OUT_OF_RANGE', message, { text });

/** Walks the Stern-Brocot tree in continued-fraction steps; of the last two candidates the nearer one. */
function nearestFraction(value: Rational, maxDenominator: number): Rational {
  if (!Number.isSafeInteger(maxDenominator) || maxDenominator < 1) {
    throw new OddsError('OPTION_INVALID', `maxDenominator must be a whole number from 1, got ${maxDenominator}`);
  }
  const limit = BigInt(maxDenominator);
  if (value.denominator <= limit) return value;
  let [p0, q0, p1, q1] = [0n, 1n, 1n, 0n];
  let [n, d] = [value.numerator, value.denominator];
  while (q0 + (n / d) * q1 <= limit) {
    const whole = n / d;
    [p0, q0, p1, q1] = [p1, q1, p0 + whole * p1, q0 + whole * q1];
    [n, d] = [d, n - whole * d];
  }
  const steps = (limit - q0) / q1;
  const semi = rational(p0 + steps * p1, q0 + steps * q1);
  const convergent = rational(p1, q1);
  const distance = (candidate: Rational): Rational => {
    const gap = subtract(candidate, value);
    return gap.numerator < 0n ? negate(gap) : gap;
  };
  const nearest = compare(distance(convergent), distance(semi)) <= 0 ? convergent : semi;
  return nearest.numerator === 0n ? (nearest === semi ? convergent : semi) : nearest;
}
