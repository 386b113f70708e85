#!/usr/bin/env node
import {
  DEVIG_METHODS,
  type DevigMethod,
  fairOdds,
  findOpportunities,
  kelly,
  ODDS_FORMATS,
  OddsError,
  type OddsFormat,
  type OpportunityReport,
  type TrackRecord,
  trackRecords,
} from '@scorekeep/core/odds';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { closedMarkets, type FileQuote, parseTime, type RefusedLine, readQuotes, UnusableFile } from './read-quotes.ts';
import { sample } from './sample.ts';
import { table } from './table.ts';

const GROUPS = ['book', 'method', 'type'] as const;
type Group = (typeof GROUPS)[number];

const program = new Command('odds-analysis')
  .description(
    'Odds in, opportunities and calibration out. Input is CSV with a header: market, outcome, book, odds, at, and if wanted type, suspended, won. "-" reads standard input.',
  )
  .addHelpText(
    'after',
    '\nExit codes: 0 all lines used, 1 some lines refused (named on stderr, the rest is printed), 2 nothing could be done.',
  )
  .exitOverride();

const formatOption = new Option('-f, --format <format>', 'how the odds are written')
  .choices(ODDS_FORMATS)
  .default('decimal');
const jsonOption = new Option('--json', 'print JSON').default(false);

program
  .command('opportunities')
  .description('prices above the fair ones of a sharp book, judged under every margin method')
  .argument('<file>', 'quotes')
  .requiredOption('-a, --anchor <book...>', 'sharp books, most trusted first')
  .option(
    '-c, --commission <book=share>',
    'share of profits a book keeps, such as exchange=0.02; may be repeated',
    commission,
    {},
  )
  .option('-n, --now <time>', 'ISO 8601; quotes are aged from here (default: the newest quote)', time)
  .option('-m, --max-age <minutes>', 'older quotes are ignored', positive, 10)
  .option('-k, --kelly <fraction>', 'fraction of the Kelly stake to show', positive, 0.25)
  .addOption(formatOption)
  .addOption(jsonOption)
  .action(async (file: string, options: OpportunityArguments) => {
    const { quotes, refused } = await readQuotes(file, options.format);
    const now = options.now ?? quotes.reduce((newest, { at }) => Math.max(newest, at), 0);
    const report = findOpportunities(quotes, {
      now,
      anchors: options.anchor,
      commissions: options.commission,
      maxAgeMs: options.maxAge * 60_000,
    });
    if (options.json) console.log(JSON.stringify({ now, ...report, refused }, null, 2));
    else printOpportunities(report, options.kelly);
    complain(file, [...refused, ...invalid(report, quotes)]);
  });

program
  .command('calibration')
  .description('log loss and calibration of closing prices, per book, margin method or type of market')
  .argument('<file>', 'quotes with the column won')
  .option('-b, --by <groups>', `any of ${GROUPS.join(', ')}, with commas`, groups, ['book', 'method'])
  .addOption(
    new Option('-m, --method <method...>', 'margin methods to compare')
      .choices(DEVIG_METHODS)
      .default([...DEVIG_METHODS]),
  )
  .option('--bins <count>', 'classes of probability', positive, 10)
  .addOption(formatOption)
  .addOption(jsonOption)
  .action(async (file: string, options: CalibrationArguments) => {
    const { quotes, refused } = await readQuotes(file, options.format);
    const closed = closedMarkets(quotes);
    const records = closed.markets.flatMap((market) =>
      options.method.flatMap((method) => {
        const { probabilities, problematic } = fairOdds(market.odds, { method });
        return problematic ? [] : [{ ...market, method, probabilities }];
      }),
    );
    const found = trackRecords(records, {
      bins: options.bins,
      by: (record) => options.by.map((name) => record[name]).join(' '),
    });
    if (options.json) console.log(JSON.stringify(Object.fromEntries(found), null, 2));
    else printCalibration(found);
    complain(file, [...refused, ...closed.refused]);
  });

program
  .command('sample')
  .description('invented quotes with results, to try the other commands on')
  .option('--matches <count>', 'how many', positive, 300)
  .option('--seed <number>', 'the same seed gives the same file', positive, 1)
  .action(({ matches, seed }: { readonly matches: number; readonly seed: number }) => {
    process.stdout.write(`${[...sample({ matches, seed })].join('\n')}\n`);
  });

interface OpportunityArguments {
  readonly anchor: readonly string[];
  readonly commission: Readonly<Record<string, number>>;
  readonly now?: number;
  readonly maxAge: number;
  readonly kelly: number;
  readonly format: OddsFormat;
  readonly json: boolean;
}

interface CalibrationArguments {
  readonly by: readonly Group[];
  readonly method: readonly DevigMethod[];
  readonly bins: number;
  readonly format: OddsFormat;
  readonly json: boolean;
}

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = failure(error);
}

function failure(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (!(error instanceof UnusableFile || error instanceof OddsError)) throw error;
  console.error(error.message);
  return 2;
}

function printOpportunities({ opportunities, skipped, compared }: OpportunityReport, fraction: number): void {
  const rows = opportunities.map((found) => [
    `${found.market} ${found.outcome}`,
    found.book,
    found.odds.toFixed(2),
    (2 / (found.probability.min + found.probability.max)).toFixed(2),
    `${percent(found.expectedValue.min)} … ${percent(found.expectedValue.max)}`,
    percent(kelly({ probability: found.probability.min, odds: found.netOdds, fraction })),
    found.label,
  ]);
  console.log(table([['bet', 'book', 'odds', 'fair', 'expected value', 'stake', ''], ...rows]));
  console.log(
    `\n${compared} prices compared, ${opportunities.length} above the fair one, ${skipped.length} markets without a sharp price`,
  );
}

function printCalibration(found: ReadonlyMap<string, TrackRecord>): void {
  const rows = [...found].map(([name, { count, logLoss, brier, calibration }]) => [
    name,
    String(count),
    logLoss.toFixed(6),
    brier.toFixed(6),
    percent(calibration.error),
  ]);
  console.log(table([['', 'markets', 'log loss', 'Brier', 'calibration error'], ...rows]));
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}

function invalid({ rejected }: OpportunityReport, quotes: readonly FileQuote[]): RefusedLine[] {
  return rejected.flatMap(({ index, reason, error }) =>
    reason === 'invalid' || reason === 'future' || reason === 'unknown-outcome'
      ? [{ line: quotes[index]?.line ?? 0, message: error?.message ?? `The quote is of no use: ${reason}` }]
      : [],
  );
}

function complain(file: string, refused: readonly RefusedLine[]): void {
  const shown = 20;
  for (const { line, message } of refused.slice(0, shown)) console.error(`${file}:${line}: ${message}`);
  if (refused.length > shown) console.error(`${file}: and ${refused.length - shown} more lines`);
  if (refused.length > 0) process.exitCode = 1;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

function time(text: string): number {
  const value = parseTime(text);
  if (Number.isNaN(value))
    throw new InvalidArgumentError('It must be a time with its offset, such as 2026-06-11T19:00:00Z.');
  return value;
}

function commission(text: string, before: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const [, book, share] = /^(.+)=(0?\.\d+|0)$/.exec(text) ?? [];
  if (book === undefined) throw new InvalidArgumentError('It must look like exchange=0.02.');
  return { ...before, [book]: Number(share) };
}

function groups(text: string): Group[] {
  return text.split(',').map((name) => {
    const found = GROUPS.find((group) => group === name.trim());
    if (found === undefined) throw new InvalidArgumentError(`It must be any of ${GROUPS.join(', ')}.`);
    return found;
  });
}
