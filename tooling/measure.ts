import { seededRandom } from '../packages/core/src/forecasts/seeded-random.ts';
import { bootstrap } from '../packages/loadtest/src/statistics/bootstrap.ts';
import { ascending, median, quantile } from '../packages/loadtest/src/statistics/quantile.ts';

/** What a benchmark is told and what it gives back; `tooling/bench.ts` prints it. */
export type Bench = (options: BenchOptions) => Promise<BenchResult>;

export interface BenchOptions {
  /** Fewer rounds and smaller inputs: to see that it runs, not to quote. */
  readonly quick: boolean;
  /** Instead of rounds: an even load for so long, with slopes over time. */
  readonly steadyMinutes?: number;
  /** Says on stderr what goes on. */
  readonly progress: (line: string) => void;
}

export interface BenchResult {
  readonly bench: string;
  /** Facts beside the machine's own, such as server settings. */
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly rows: readonly BenchRow[];
  /** Named `<ours>_vs_<reference>`; higher is better. */
  readonly ratios: Readonly<Record<string, Spread>>;
  /** What the median of a ratio should reach at least, by its name; printed beside it. */
  readonly goals?: Readonly<Record<string, number>>;
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** What holds the true median with 95 % confidence (bootstrap), where there is more than one round. */
  readonly interval?: readonly [low: number, high: number];
  /** Rounds. */
  readonly n: number;
}

export interface BenchRow extends Spread {
  readonly case: string;
  readonly unit: string;
}

/** One way to do the work. All contenders of a measurement should do the same amount of it. */
export interface Contender {
  readonly case: string;
  /** Items that one `run` gets through. */
  readonly items: number;
  readonly run: () => unknown;
}

/** One run: items per second of wall time, and CPU time of this process per item. */
interface Sample {
  readonly itemsPerSecond: number;
  readonly cpuMicrosecondsPerItem: number;
}

export type Samples = ReadonlyMap<string, readonly Sample[]>;

/**
 * Measures contenders in interleaved rounds: each round runs all of them, every other round in reverse, after one
 * round that is thrown away. A machine that slows down for a while slows all of them down alike.
 */
export async function measure(options: {
  readonly contenders: readonly Contender[];
  readonly rounds: number;
  readonly progress?: (line: string) => void;
}): Promise<Samples> {
  const samples = new Map<string, Sample[]>(options.contenders.map((contender) => [contender.case, []]));
  if (samples.size < options.contenders.length) throw new TypeError('Two contenders have the same case');
  for (let round = 0; round <= options.rounds; round++) {
    options.progress?.(round === 0 ? 'warm-up' : `round ${round} of ${options.rounds}`);
    for (const contender of round % 2 === 0 ? options.contenders : options.contenders.toReversed()) {
      const sample = await once(contender);
      if (round > 0) samples.get(contender.case)?.push(sample);
    }
  }
  return samples;
}

/** Two rows per case: throughput in `<unit>/s` and CPU time in `CPU µs/<unit>`. */
export function rowsOf(samples: Samples, unit: string): BenchRow[] {
  return [...samples].flatMap(([name, list]) => [
    { case: name, ...spread(list.map((sample) => sample.itemsPerSecond)), unit: `${unit}/s` },
    { case: name, ...spread(list.map((sample) => sample.cpuMicrosecondsPerItem)), unit: `CPU µs/${unit}` },
  ]);
}

/** Throughput of one case as a multiple of another's, taken round by round. */
export function ratioOf(samples: Samples, ours: string, reference: string): Spread {
  const [mine, theirs] = [ours, reference].map((name) => {
    const list = samples.get(name);
    if (list === undefined)
      throw new TypeError(`No case "${name}" was measured, only ${[...samples.keys()].join(', ')}`);
    return list;
  });
  return spread((mine ?? []).map((sample, i) => sample.itemsPerSecond / (theirs?.[i]?.itemsPerSecond ?? Number.NaN)));
}

/** Median of a list of numbers, its interval, the least and the greatest. */
export function spread(values: readonly number[]): Spread {
  if (values.length === 0) throw new TypeError('There is no median of no values');
  const sorted = ascending(values);
  const { length: n, 0: min = Number.NaN } = sorted;
  const found = { median: quantile(sorted, 0.5), min, max: sorted.at(-1) ?? Number.NaN, n };
  if (n < 2) return found;
  const { low, high } = bootstrap(sorted, median, { random: seededRandom(1) });
  return { ...found, interval: [low, high] };
}

async function once({ run, items }: Contender): Promise<Sample> {
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  await run();
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const { user, system } = process.cpuUsage(cpu);
  return { itemsPerSecond: items / seconds, cpuMicrosecondsPerItem: (user + system) / items };
}
