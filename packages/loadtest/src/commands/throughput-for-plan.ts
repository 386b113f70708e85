import { openDatabase } from '../database/open-database.ts';
import type { ContestName } from '../drain/contest.ts';
import { LoadtestError } from '../loadtest-error.ts';
import { measureThroughput } from '../plan/measure-throughput.ts';
import { readThroughput } from '../plan/read-throughput.ts';
import type { Throughput } from '../plan/throughput-schema.ts';
import { OWN_ROOT } from '../scenarios/run-scenarios.ts';
import { readText, writeText } from './files.ts';
import type { Io } from './io.ts';
import { progressOn } from './progress.ts';

/** How a plan comes to its throughput. */
export interface ThroughputArguments {
  readonly measure: boolean;
  readonly contest: ContestName;
  readonly backend: 'sql' | 'js';
  readonly measureItems: number;
  readonly measureWorkers: readonly number[];
  readonly repeats: number;
  readonly databaseUrl?: string;
}

/** What the file has, or what is measured now and written to it. @throws LoadtestError `OPTION_INVALID`, `FILE_UNREADABLE`, `RUN_FAILED` */
export async function throughputForPlan(io: Io, file: string, options: ThroughputArguments): Promise<Throughput> {
  if (!options.measure) return readThroughput(readText(file), file);
  const numbers = new Set(options.measureWorkers).size;
  if (numbers < 5 || options.repeats < 3) {
    const message = `A plan needs 3 measurements of each of 5 numbers of workers, got --repeats ${options.repeats} of ${numbers}`;
    throw new LoadtestError('OPTION_INVALID', message, { numbers, repeats: options.repeats });
  }
  const progress = progressOn(io);
  await using database = await openDatabase(options.databaseUrl ?? io.env['DATABASE_URL']);
  const throughput = await measureThroughput({
    database,
    root: OWN_ROOT,
    contest: options.contest,
    backend: options.backend,
    items: options.measureItems,
    workers: options.measureWorkers,
    repeats: options.repeats,
    progress: progress.line,
    signal: io.signal,
  });
  progress.end();
  writeText(file, `${JSON.stringify(throughput, null, 2)}\n`);
  io.err(`${file} is written.\n`);
  return throughput;
}
