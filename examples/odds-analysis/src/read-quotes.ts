import { createReadStream } from 'node:fs';
import { MAX_OUTCOMES, type OddsFormat, parseOdds, type Quote, toDecimal } from '@scorekeep/core/odds';
import { parse } from 'csv-parse';

/** A quote as the file has it, with where it stands and what became of it. */
export interface FileQuote extends Quote {
  readonly line: number;
  /** Kind of market, from the column `type`; "1x2" where there is none. */
  readonly type: string;
  /** From the column `won`; undefined until the result is known. */
  readonly won: boolean | undefined;
}

export interface RefusedLine {
  readonly line: number;
  readonly message: string;
}

/** The file as a whole cannot be used: missing, not CSV, or without a column that is needed. */
export class UnusableFile extends Error {
  override readonly name = 'UnusableFile';
}

const NEEDED = ['market', 'outcome', 'book', 'odds', 'at'] as const;
const MAX_LINES = 1_000_000;
const MAX_LINE_LENGTH = 10_000;

/**
 * Reads quotes from CSV with a header line. Columns: market, outcome, book, odds, at (ISO 8601 or epoch milliseconds),
 * and if wanted type, suspended and won (1, 0 or empty). A line that cannot be read is refused by itself.
 *
 * @throws UnusableFile
 */
export async function readQuotes(
  file: string,
  format: OddsFormat,
): Promise<{ readonly quotes: readonly FileQuote[]; readonly refused: readonly RefusedLine[] }> {
  const quotes: FileQuote[] = [];
  const refused: RefusedLine[] = [];
  const input = file === '-' ? process.stdin : createReadStream(file);
  const parser = parse({
    bom: true,
    columns: (header: string[]) => checkedHeader(header, file),
    info: true,
    max_record_size: MAX_LINE_LENGTH,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  });
  input.on('error', (error: Error) => parser.destroy(error));
  try {
    for await (const entry of input.pipe(parser) as AsyncIterable<{
      record: Record<string, string>;
      info: { lines: number };
    }>) {
      const line = entry.info.lines;
      if (line > MAX_LINES) throw new UnusableFile(`${file} has more than ${MAX_LINES} lines; split it`);
      const quote = toQuote(entry.record, line, format);
      if (typeof quote === 'string') refused.push({ line, message: quote });
      else quotes.push(quote);
    }
  } catch (error) {
    if (error instanceof UnusableFile) throw error;
    throw new UnusableFile(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  return { quotes, refused };
}

function checkedHeader(header: readonly string[], file: string): string[] {
  const names = header.map((name) => name.trim().toLowerCase());
  const missing = NEEDED.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new UnusableFile(
      `${file} has no column ${missing.join(', ')}; its first line must name ${NEEDED.join(', ')}, it names ${names.join(', ')}`,
    );
  }
  return names;
}

/** Milliseconds since 1970; NaN without an offset, since it would be another moment on each machine. */
export function parseTime(text: string): number {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d.*(Z|[+-]\d\d:?\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
}

function toQuote(record: Readonly<Record<string, string>>, line: number, format: OddsFormat): FileQuote | string {
  const { market = '', outcome = '', book = '', odds = '', at = '', won = '', suspended = '', type = '' } = record;
  for (const [name, value] of Object.entries({ market, outcome, book })) {
    if (value === '') return `The column ${name} is empty`;
  }
  const parsed = parseOdds(odds, format);
  if (!parsed.ok) return `${parsed.error.message} for "${outcome}" of "${market}" at ${book}`;
  const time = /^\d{12,14}$/.test(at) ? Number(at) : parseTime(at);
  if (!Number.isFinite(time))
    return `The column at must be a time with its offset, such as 2026-06-11T19:00:00Z, got "${at}"`;
  const flags = { won: flag(won), suspended: flag(suspended) };
  for (const [name, value] of Object.entries(flags)) {
    if (value === 'unknown') return `The column ${name} must be 1, 0 or empty, got "${record[name]}"`;
  }
  return {
    market,
    outcome,
    book,
    odds: toDecimal(parsed.odds),
    at: time,
    suspended: flags.suspended === true,
    type: type === '' ? '1x2' : type,
    won: flags.won === 'unknown' ? undefined : flags.won,
    line,
  };
}

const flag = (text: string): boolean | undefined | 'unknown' =>
  text === '' ? undefined : /^(1|true|yes)$/i.test(text) ? true : /^(0|false|no)$/i.test(text) ? false : 'unknown';

/** Whole markets with a result, per book, from the last price each outcome had there. */
export interface ClosedMarket {
  readonly market: string;
  readonly type: string;
  readonly book: string;
  readonly odds: readonly number[];
  /** Index of the outcome that came true. */
  readonly outcome: number;
}

/** Groups settled quotes into markets; what is not one whole market with one winner is refused at its first line. */
export function closedMarkets(quotes: readonly FileQuote[]): {
  readonly markets: readonly ClosedMarket[];
  readonly refused: readonly RefusedLine[];
} {
  const groups = new Map<string, Map<string, FileQuote>>();
  for (const quote of quotes) {
    if (quote.won === undefined || quote.suspended === true) continue;
    const key = JSON.stringify([quote.market, quote.book]);
    const group = groups.get(key) ?? new Map<string, FileQuote>();
    groups.set(key, group);
    const earlier = group.get(quote.outcome);
    if (earlier === undefined || earlier.at <= quote.at) group.set(quote.outcome, quote);
  }
  const markets: ClosedMarket[] = [];
  const refused: RefusedLine[] = [];
  for (const group of groups.values()) {
    const outcomes = [...group.values()];
    const [first] = outcomes;
    if (first === undefined) continue;
    const { market, book, type, line } = first;
    const winners = outcomes.filter(({ won }) => won === true).length;
    const booksum = outcomes.reduce((sum, { odds }) => sum + 1 / odds, 0);
    if (winners !== 1 || booksum < 1 || outcomes.length > MAX_OUTCOMES) {
      const message = `Market "${market}" at ${book} needs every outcome and one winner; it has ${outcomes.length} outcomes that imply ${booksum.toFixed(3)}, and ${winners} winners`;
      refused.push({ line, message });
      continue;
    }
    markets.push({
      market,
      type,
      book,
      odds: outcomes.map(({ odds }) => odds),
      outcome: outcomes.findIndex(({ won }) => won === true),
    });
  }
  return { markets, refused };
}
