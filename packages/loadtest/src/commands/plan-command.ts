import { seededRandom } from '@scorekeep/core/forecasts';
import { Command } from 'commander';
import { type Resources, workerCaps } from '../plan/caps.ts';
import { type Plan, plan } from '../plan/plan.ts';
import { planTable, planText } from '../plan/plan-table.ts';
import { readThroughput } from '../plan/read-throughput.ts';
import { amount } from '../report/amount.ts';
import { fitScalability } from '../statistics/scalability.ts';
import { readText } from './files.ts';
import type { CommandContext, Io } from './io.ts';
import { above0, count, duration } from './options.ts';

interface PlanArguments {
  readonly items: number;
  readonly within: number;
  readonly handlerMs?: number;
  readonly concurrency: number;
  readonly maxConnections?: number;
  readonly poolSize?: number;
  readonly cores?: number;
  readonly cpuMs?: number;
  readonly json: boolean;
}

/** `plan`: how many workers, from measured throughput. Exits 3 when no number of workers is known to do it, or there is no room for them. */
export const planCommand = ({ io, done }: CommandContext): Command =>
  new Command('plan')
    .description('how many workers so many items need, from measured throughput')
    .argument('<file>', 'throughput of at least 5 numbers of workers, 3 samples each')
    .requiredOption('--items <count>', 'items to get through', above0)
    .requiredOption('--within <duration>', 'time for them, such as 90s, 30min or 4h', duration)
    .option('--handler-ms <time>', "time of the host's own handler for an item, in milliseconds", above0)
    .option('--concurrency <count>', 'items that a worker has in hand at once', count, 1)
    .option('--max-connections <count>', 'connections that Postgres takes, of which 10 are kept for others', count)
    .option('--pool-size <count>', "connections of one worker's pool", count)
    .option('--cores <count>', 'cores that workers and Postgres share', count)
    .option('--cpu-ms <time>', 'CPU time of an item, in milliseconds, of Node and Postgres', above0)
    .option('--json', 'print JSON', false)
    .action((file: string, options: PlanArguments) => done(report(io, file, options)));

function report(io: Io, file: string, options: PlanArguments): number {
  const { items, within, handlerMs, concurrency, json } = options;
  const scalability = fitScalability(readThroughput(readText(file), file), { random: seededRandom(1) });
  const handler = { concurrency, ...(handlerMs === undefined ? {} : { handlerMs }) };
  const planned = plan(scalability, { items, withinSeconds: within, ...handler });
  const { workers, estimate } = planned.ok ? planned.rate : planned.best;
  const caps = workerCaps(resourcesOf(options), estimate / workers);
  const table = planTable(scalability, handler);
  const { deviation, measuredUpTo, sigma, kappa } = scalability;
  if (json)
    io.out(`${JSON.stringify({ plan: planned, caps, deviation, measuredUpTo, sigma, kappa, table }, null, 2)}\n`);
  else {
    io.out(`${planned.ok ? found(planned) : notFound(planned, measuredUpTo)}\n`);
    for (const cap of caps)
      io.out(`${cap.by === 'cpu' ? 'The cores have' : 'The connections have'} room for ${cap.workers} workers.\n`);
    io.out(`\n${planText(table)}`);
  }
  if (deviation > 0.15) {
    io.err(
      `The measurements lie ${Math.round(100 * deviation)} % from the curve in the median: it describes little.\n`,
    );
  }
  return planned.ok && caps.every((cap) => cap.workers >= planned.workers) ? 0 : 3;
}

const resourcesOf = ({ maxConnections, poolSize, cores, cpuMs }: PlanArguments): Resources => ({
  ...(maxConnections === undefined ? {} : { maxConnections }),
  ...(poolSize === undefined ? {} : { poolSize }),
  ...(cores === undefined ? {} : { cores }),
  ...(cpuMs === undefined ? {} : { cpuMsPerItem: cpuMs }),
});

const found = ({ workers, rate, neededPerSecond }: Extract<Plan, { ok: true }>): string =>
  `${workers} workers${rate.extrapolated ? ' (extrapolated)' : ''}: ${amount(rate.estimate)} a second [${amount(rate.low)} to ${amount(rate.high)}], ${amount(neededPerSecond)} are needed.`;

const notFound = ({ best, neededPerSecond }: Extract<Plan, { ok: false }>, measuredUpTo: number): string =>
  `No number of workers up to ${2 * measuredUpTo}, twice what was measured, is known to do ${amount(neededPerSecond)} a second; ${best.workers} do ${amount(best.estimate)} [${amount(best.low)} to ${amount(best.high)}].`;
