/** Odds and what they are worth: formats, fair prices, expected value, stakes, settlement, tracking. */
export { addMargin } from './add-margin.ts';
export { type Arbitrage, arbitrage, type Offer } from './arbitrage.ts';
export { MAX_OUTCOMES } from './check.ts';
export { type ClosingLineValue, closingLineValue } from './closing-line.ts';
export {
  type ExpectedValueInterval,
  expectedValue,
  expectedValueInterval,
  netOdds,
  oddsForExpectedValue,
} from './expected-value.ts';
export { expectedValueRules } from './expected-value-rules.ts';
export {
  compareMethods,
  DEVIG_METHODS,
  type DevigMethod,
  type FairOdds,
  type FairOddsMethod,
  type FairOddsOptions,
  fairOdds,
  type MethodComparison,
  type ProbabilityInterval,
} from './fair-odds.ts';
export {
  DEFAULT_THRESHOLDS,
  findOpportunities,
  type Opportunity,
  type OpportunityOptions,
  type OpportunityReport,
  type Quote,
  type RejectedQuote,
  type SkippedMarket,
  type Threshold,
} from './find-opportunities.ts';
export {
  formatOdds,
  fromDecimal,
  MAX_DECIMAL_ODDS,
  ODDS_FORMATS,
  type Odds,
  type OddsDisplay,
  type OddsFormat,
  type ParsedOdds,
  parseOdds,
  toDecimal,
} from './format.ts';
export type { Part } from './grade.ts';
export { type Hedge, type HedgeOutcome, hedge, layAsBack, layOff } from './hedge.ts';
export {
  type KellyBet,
  type KellyStakes,
  kelly,
  kellyExclusive,
  kellyIndependent,
  MAX_SIMULTANEOUS_BETS,
} from './kelly.ts';
export { type Middle, middle, type TotalOffer } from './middle.ts';
export { OddsError, type OddsErrorCode } from './odds-error.ts';
export { type Amount, type Rational, type Rounding, rational, toFixed, toNumber, toRational } from './rational.ts';
export type {
  MatchResult,
  MatchSelection,
  OutrightResult,
  OutrightSelection,
  Result,
  Selection,
  VoidResult,
} from './selection.ts';
export {
  type Bet,
  type EachWayBet,
  type Leg,
  MAX_LEGS,
  type ParlayBet,
  type Settlement,
  type SettlementLine,
  type SettlementStatus,
  type SingleBet,
  settle,
} from './settle.ts';
export { type SettledForecast, type TrackRecord, trackRecords } from './track-records.ts';
