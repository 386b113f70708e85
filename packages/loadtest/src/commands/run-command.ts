import { Command } from 'commander';
import { openDatabase } from '../database/open-database.ts';
import { LoadtestError } from '../loadtest-error.ts';
import { amount } from '../report/amount.ts';
import { paramsOf } from '../scenarios/catalogue.ts';
import { runScenarios } from '../scenarios/run-scenarios.ts';
import { writeText } from './files.ts';
import type { CommandContext, Io } from './io.ts';
import { above0, parameter } from './options.ts';
import { progressOn } from './progress.ts';

interface RunArguments {
  readonly databaseUrl?: string;
  readonly scale: number;
  readonly param: Readonly<Record<string, string | number>>;
  readonly out?: string;
  readonly json: boolean;
}

/** `run`: measures scenarios and judges nothing but invariants. Exits 4 when one does not hold. */
export const runCommand = ({ io, done }: CommandContext): Command =>
  new Command('run')
    .description('measure scenarios, on an embedded Postgres or an expendable database')
    .argument('<scenarios...>', 'names, as list has them')
    .option(
      '--database-url <url>',
      'a database whose comment says that it may be emptied; default: an embedded Postgres',
    )
    .option('--scale <share>', 'of the items and seconds, such as 0.1', above0, 1)
    .option('--param <name=value>', 'a parameter, such as workers=5; repeatable', parameter, {})
    .option('-o, --out <file>', "write the measurements as JSON, for gate's --measurements")
    .option('--json', 'print the measurements as JSON', false)
    .action(async (names: readonly string[], options: RunArguments) => done(await measure(io, names, options)));

async function measure(io: Io, names: readonly string[], options: RunArguments): Promise<number> {
  const { databaseUrl, scale, param, out, json } = options;
  if (scale > 1) throw new LoadtestError('OPTION_INVALID', `--scale must be at most 1, got ${scale}`, { scale });
  const scenarios = names.map((name) => ({ name, params: paramsOf(name, param, scale) }));
  const progress = progressOn(io);
  await using database = await openDatabase(databaseUrl ?? io.env['DATABASE_URL']);
  const measured = await runScenarios({ database, scenarios, progress: progress.line, signal: io.signal });
  progress.end();
  const text = `${JSON.stringify(measured, null, 2)}\n`;
  if (out !== undefined) writeText(out, text);
  if (json) io.out(text);
  let violated = false;
  for (const [name, scenario] of Object.entries(measured.scenarios)) {
    const { samples, invariants = {}, windows = {}, counters = {}, disturbed = [], observed } = scenario;
    violated ||= Object.values(invariants).some((count) => count > 0);
    if (json) continue;
    io.out(`${name}: ${amount(samples)} items\n`);
    for (const [fact, value] of Object.entries(observed?.configuration ?? {}))
      io.out(`  ${fact.padEnd(26)} ${value}\n`);
    for (const [metric, count] of Object.entries(invariants)) io.out(`  ${metric.padEnd(26)} ${amount(count)}\n`);
    for (const [metric, values] of Object.entries({ ...windows, ...counters }))
      io.out(`  ${metric.padEnd(26)} ${values.map(amount).join('  ')}\n`);
    for (const reason of disturbed) io.out(`  says nothing about time: ${reason}\n`);
  }
  return violated ? 4 : 0;
}
