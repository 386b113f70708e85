import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

/** What the demo was asked to do. */
export interface Options {
  /** Per contest. */
  readonly predictions: number;
  readonly workers: number;
  readonly contests: readonly ContestName[];
  readonly backend: 'sql' | 'js';
  /** Undefined for the embedded server. */
  readonly databaseUrl: string | undefined;
  readonly seed: number;
  readonly json: boolean;
  readonly plant: boolean;
  readonly otel: boolean;
}

/** The two contests, in the order they are scored. */
export const CONTESTS = ['draw', 'kicktipp'] as const;
export type ContestName = (typeof CONTESTS)[number];

/** Options, a wish for help, or what is wrong with the arguments. */
export type ParsedOptions =
  | { readonly kind: 'options'; readonly options: Options }
  | { readonly kind: 'help' }
  | { readonly kind: 'invalid'; readonly message: string };

/**
 * Reads the command line. `--database-url` wins over the environment's DATABASE_URL.
 *
 * @param args without the interpreter and the script
 */
export function parseOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ParsedOptions {
  const invalid = (message: string): ParsedOptions => ({ kind: 'invalid', message });
  let values: ReturnType<typeof split>;
  try {
    values = split(args);
  } catch (error) {
    // The parser's own message names the argument; the advice it adds is about something else.
    return invalid(`${String((error as Error).message).split(/\.\s/)[0]}. See --help.`);
  }
  if (values.help) return { kind: 'help' };

  const predictions = integer('predictions', values.predictions, 1, PREDICTIONS_MAX);
  const workers = integer('workers', values.workers, 1, WORKERS_MAX);
  const seed = integer('seed', values.seed, 0, SEED_MAX);
  for (const number of [predictions, workers, seed]) if (typeof number === 'string') return invalid(number);
  const contest = oneOf('contest', values.contest, ['both', ...CONTESTS]);
  const backend = oneOf('backend', values.backend, ['sql', 'js']);
  if (!contest.ok) return invalid(contest.message);
  if (!backend.ok) return invalid(backend.message);
  const databaseUrl = values['database-url'] ?? (environment['DATABASE_URL'] || undefined);
  const source = values['database-url'] === undefined ? 'DATABASE_URL' : '--database-url';
  if (databaseUrl !== undefined && !isPostgresUrl(databaseUrl)) {
    // Not quoted: whatever it is, it may hold a password.
    return invalid(`${source} must look like postgres://user:password@host:5432/database; what it holds does not.`);
  }
  return {
    kind: 'options',
    options: {
      predictions: Number(predictions),
      workers: Number(workers),
      contests: contest.value === 'both' ? CONTESTS : [contest.value],
      backend: backend.value,
      databaseUrl,
      seed: Number(seed),
      json: values.json,
      plant: values.plant,
      otel: values.otel,
    },
  };
}

/** The text of `--help`. */
export const HELP = `Scores two contests on the real 2026 World Cup, exactly once, on Postgres alone.

  npm run demo
  npm run demo -- [options]
  npm run demo -- world-cup    starts the whole service instead, and takes part

  --predictions N      predictions in each contest           (50000)
  --workers N          worker processes                      (3)
  --contest NAME       draw, kicktipp or both                (both)
  --backend NAME       where rules run: sql or js            (sql)
  --database-url URL   a Postgres to use instead of the embedded one; the demo
                       makes a database of its own there and drops it
                       (DATABASE_URL does the same)
  --seed N             which people take part                (2026)
  --plant              corrupts one score of each contest before the verdict,
                       to show that the verdict finds it
  --otel               observes all processes with OpenTelemetry, and shows what a
                       collector is told
  --json               one JSON object on stdout, everything else on stderr
  --help               this

Exit code 0 when nothing is lost, double or mis-scored; 1 when something is;
2 when the options or the database cannot be used; 130 after Ctrl-C.
`;

const PREDICTIONS_MAX = 10_000_000;
const WORKERS_MAX = Math.max(16, availableParallelism() * 2);
const SEED_MAX = 2 ** 32 - 1;

function split(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      predictions: { type: 'string', default: '50000' },
      workers: { type: 'string', default: '3' },
      contest: { type: 'string', default: 'both' },
      backend: { type: 'string', default: 'sql' },
      'database-url': { type: 'string' },
      seed: { type: 'string', default: '2026' },
      json: { type: 'boolean', default: false },
      plant: { type: 'boolean', default: false },
      otel: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }).values;
}

/** The number, or what is wrong with it. */
function integer(name: string, text: string, least: number, most: number): number | string {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  return `--${name} must be a whole number from ${least} to ${most}, got ${JSON.stringify(text)}.`;
}

function oneOf<const T extends string>(
  name: string,
  text: string,
  allowed: readonly T[],
): { ok: true; value: T } | { ok: false; message: string } {
  const value = allowed.find((one) => one === text);
  if (value !== undefined) return { ok: true, value };
  return { ok: false, message: `--${name} must be one of ${allowed.join(', ')}, got ${JSON.stringify(text)}.` };
}

function isPostgresUrl(text: string): boolean {
  return URL.canParse(text) && ['postgres:', 'postgresql:'].includes(new URL(text).protocol);
}
