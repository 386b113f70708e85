import { LoadtestError } from '../loadtest-error.ts';
import { amount } from '../report/amount.ts';
import type { Params } from './scenario.ts';

/** @throws LoadtestError `OPTION_INVALID` unless it is a whole number from 1, or another least, to ten million, or another most */
export function amountParam(params: Params, name: string, { least = 1, most = 1e7 } = {}): number {
  const value = params[name];
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw invalid(name, `a whole number from ${least} to ${amount(most)}`, value);
}

/** @throws LoadtestError `OPTION_INVALID` unless it is a whole number from 0 to as many as there are workers */
export function killsParam(params: Params): number {
  const { kills: value, workers } = params;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= Number(workers)) return value;
  throw invalid('kills', `a whole number from 0 to the ${workers} workers`, value);
}

/** @throws LoadtestError `OPTION_INVALID` unless it is a number above 0 and at most a day */
export function minutesParam(params: Params, name: string): number {
  const value = params[name];
  if (typeof value === 'number' && value > 0 && value <= 1440) return value;
  throw invalid(name, 'a number of minutes above 0, at most 1,440', value);
}

/** @throws LoadtestError `OPTION_INVALID` unless it is one of the names */
export function nameParam<Name extends string>(params: Params, name: string, names: readonly Name[]): Name {
  const value = params[name];
  const found = names.find((known) => known === value);
  if (found === undefined) throw invalid(name, `one of ${names.join(', ')}`, value);
  return found;
}

const invalid = (name: string, what: string, value: unknown): LoadtestError =>
  new LoadtestError('OPTION_INVALID', `params.${name} must be ${what}, got ${JSON.stringify(value)}`, { name, value });
