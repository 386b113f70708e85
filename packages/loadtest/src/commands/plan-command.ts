import { seededRandom } from '@scorekeep/core/forecasts';
import { Command, Option } from 'commander';
import { type Resources, workerCaps } from '../plan/caps.ts';
import { type Plan, plan } from '../plan/plan.ts';
import { planTable, planText } from '../plan/plan-table.ts';
import { composeText, envText, settingsOf } from '../plan/settings.ts';
import { amount } from '../report/amount.ts';
import { fitScalability, type Scalability } from '../statistics/scalability.ts';
import type { CommandContext, Io } from './io.ts';
import { above0, count, counts, duration } from './options.ts';
import { type ThroughputArguments, throughputForPlan } from './throughput-for-plan.ts';

interface PlanArguments extends ThroughputArguments {
  readonly items: number;
  readonly within: number;
  readonly handlerMs?: number;
  readonly concurrency: number;
  readonly maxConnections?: number;
  readonly poolSize?: number;
  readonly cores?: number;
  readonly cpuMs?: number;
  readonly format: 'text' | 'env' | 'compose';
  readonly json: boolean;
}

/** `plan`: how many workers, from measured throughput. Exits 3 when no number of workers is known to do it, or there is no room for them. */
export const planCommand = ({ io, done }: CommandContext): Command =>
  new Command('plan')
    .description('how many workers so many items need, from measured throughput')
    .argument('[file]', 'throughput of at least 5 numbers of workers, 3 samples each', 'throughput.json')
    .requiredOption('--items <count>', 'items to get through', above0)
    .requiredOption('--within <duration>', 'time for them, such as 90s, 30min or 4h', duration)
    .option('--handler-ms <time>', "time of the host's own handler for an item, in milliseconds", above0)
    .option('--concurrency <count>', 'items that a worker has in hand at once', count, 1)
    .option('--max-connections <count>', 'connections that Postgres takes, of which 10 are kept for others', count)
    .option('--pool-size <count>', "connections of one worker's pool", count)
    .option('--cores <count>', 'cores that workers and Postgres share', count)
    .option('--cpu-ms <time>', 'CPU time of an item, in milliseconds, of Node and Postgres', above0)
    .option('--measure', 'measure throughput on this machine first, and write it to the file', false)
    .addOption(new Option('--contest <name>', 'what is measured').choices(['matches', 'draw']).default('matches'))
    .addOption(new Option('--backend <name>', 'where rules run').choices(['sql', 'js']).default('sql'))
    .option('--measure-items <count>', 'of each measurement', count, 100_000)
    .option('--measure-workers <counts>', 'numbers of worker processes to measure', counts, [1, 2, 3, 5, 10])
    .option('--repeats <count>', 'measurements of each number of workers', count, 3)
    .option(
      '--database-url <url>',
      'a database whose comment says that it may be emptied; default: an embedded Postgres',
    )
    .addOption(
      new Option('--format <name>', 'print the plan, or what to set for it')
        .choices(['text', 'env', 'compose'])
        .default('text'),
    )
    .option('--json', 'print JSON', false)
    .action(async (file: string, options: PlanArguments) => done(await report(io, file, options)));

async function report(io: Io, file: string, options: PlanArguments): Promise<number> {
  const { items, within, handlerMs, concurrency, format, json } = options;
  const measured = await throughputForPlan(io, file, options);
  const scalability = fitScalability(measured.samples, { random: seededRandom(1) });
  const handler = { concurrency, ...(handlerMs === undefined ? {} : { handlerMs }) };
  const planned = plan(scalability, { items, withinSeconds: within, ...handler });
  const { workers, estimate } = planned.ok ? planned.rate : planned.best;
  const caps = workerCaps(resourcesOf(options, options.cpuMs ?? measured.cpuMsPerItem), estimate / workers);
  const settings = planned.ok ? settingsOf(planned, handler, measured) : undefined;
  const table = planTable(scalability, handler);
  const { deviation, measuredUpTo, sigma, kappa } = scalability;
  if (json)
    io.out(
      `${JSON.stringify({ plan: planned, settings, caps, deviation, measuredUpTo, sigma, kappa, table }, null, 2)}\n`,
    );
  else if (format !== 'text' && settings !== undefined)
    io.out(format === 'env' ? envText(settings) : composeText(settings));
  else {
    io.out(`${planned.ok ? found(planned) : notFound(planned, measuredUpTo)}\n`);
    for (const cap of caps)
      io.out(`${cap.by === 'cpu' ? 'The cores have' : 'The connections have'} room for ${cap.workers} workers.\n`);
    if (handlerMs !== undefined) io.out(handlersText(scalability, options));
    io.out(`\n${planText(table)}`);
    if (settings !== undefined) io.out(`\n${composeText(settings)}`);
  }
  if (deviation > 0.15) {
    io.err(
      `The measurements lie ${Math.round(100 * deviation)} % from the curve in the median: it describes little.\n`,
    );
  }
  return planned.ok && caps.every((cap) => cap.workers >= planned.workers) ? 0 : 3;
}

/** How many workers it takes when each has more jobs in hand at once: what rules need is one, handlers wait. */
function handlersText(scalability: Scalability, { items, within, handlerMs = 0 }: PlanArguments): string {
  const cells = CONCURRENCIES.map((concurrency) => {
    const planned = plan(scalability, { items, withinSeconds: within, handlerMs, concurrency });
    return `${concurrency}: ${planned.ok ? planned.workers : 'more than is known'}`;
  });
  return `Workers by the jobs that each has in hand at once (--concurrency): ${cells.join(', ')}.\n`;
}

/** A job's `workers` are at most 100. */
const CONCURRENCIES = [1, 2, 5, 10, 20, 50, 100];

const resourcesOf = (
  { maxConnections, poolSize, cores }: PlanArguments,
  cpuMsPerItem: number | undefined,
): Resources => ({
  ...(maxConnections === undefined ? {} : { maxConnections }),
  ...(poolSize === undefined ? {} : { poolSize }),
  ...(cores === undefined ? {} : { cores }),
  ...(cpuMsPerItem === undefined ? {} : { cpuMsPerItem }),
});

const found = ({ workers, rate, neededPerSecond }: Extract<Plan, { ok: true }>): string =>
  `${workers} ${workers === 1 ? 'worker' : 'workers'}${rate.extrapolated ? ' (extrapolated)' : ''}: ${amount(rate.estimate)} a second [${amount(rate.low)} to ${amount(rate.high)}], ${amount(neededPerSecond)} are needed.`;

const notFound = ({ best, neededPerSecond }: Extract<Plan, { ok: false }>, measuredUpTo: number): string =>
  `No number of workers up to ${2 * measuredUpTo}, twice what was measured, is known to do ${amount(neededPerSecond)} a second; ${best.workers} do ${amount(best.estimate)} [${amount(best.low)} to ${amount(best.high)}].`;
