import { LoadtestError } from '../loadtest-error.ts';
import type { Params } from './scenario.ts';

/** @throws LoadtestError `OPTION_INVALID` unless it is a whole number from 1 to ten million */
export function amountParam(params: Params, name: string): number {
  const value = params[name];
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 1e7) return value;
  throw invalid(name, 'a whole number from 1 to 10,000,000', value);
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
