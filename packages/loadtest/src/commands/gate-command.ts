import path from 'node:path';
import { Command, Option } from 'commander';
import { buildAgainst } from '../against/build-against.ts';
import type { Budgets } from '../budgets/budgets.ts';
import { parseBudgets, scenariosOf } from '../budgets/parse-budgets.ts';
import { openDatabase } from '../database/open-database.ts';
import type { Document } from '../files/read-document.ts';
import { baselineOf, gate } from '../gate/gate.ts';
import type { Measurements } from '../gate/measurements.ts';
import { readBaseline, readMeasurements } from '../gate/read-measurements.ts';
import { LoadtestError } from '../loadtest-error.ts';
import { text } from '../report/text.ts';
import { paramsOf } from '../scenarios/catalogue.ts';
import { runScenarios } from '../scenarios/run-scenarios.ts';
import { readText, readTextIfAny, writeText } from './files.ts';
import type { CommandContext, Io } from './io.ts';
import { count } from './options.ts';
import { progressOn } from './progress.ts';
import { reportSelfTest, type SelfTestKind } from './report-self-test.ts';

interface GateArguments {
  readonly budgets: string;
  readonly measurements?: string;
  readonly baseline: string;
  readonly profile: string;
  readonly updateBaseline: boolean;
  readonly databaseUrl?: string;
  readonly against: string | boolean;
  readonly out?: string;
  readonly measured?: string;
  readonly json: boolean;
  readonly selfTest?: SelfTestKind;
  readonly decisions: number;
  readonly items: number;
}

/** `gate`: measures the scenarios of a profile, or reads what was measured, and judges; or itself. Gives the exit code. */
export const gateCommand = ({ io, done }: CommandContext): Command =>
  new Command('gate')
    .description("measure a profile's scenarios and judge them by budgets")
    .option('-m, --measurements <file>', 'judge these, and measure nothing')
    .option('-b, --budgets <file>', 'the budgets', 'budgets.json')
    .option('--baseline <file>', 'the committed work counters', 'baseline.json')
    .option('--update-baseline', 'take the measured work counters as the new baseline', false)
    .option('-p, --profile <name>', 'which scenarios are judged', 'pr')
    .option(
      '--database-url <url>',
      'a database whose comment says that it may be emptied; default: an embedded Postgres',
    )
    .option('--against <build>', 'npm version, git ref, or folder of a build: what relative budgets compare with', true)
    .option('--no-against', 'leave relative budgets out, and say so')
    .option('-o, --out <file>', 'write the result as JSON, for the report command')
    .option('--measured <file>', 'write what was measured as JSON')
    .option('--json', 'print the result as JSON', false)
    .addOption(
      new Option('--self-test [kind]', 'judge what is known, and nothing else: this build against itself, or numbers')
        .choices(['measured', 'synthetic'])
        .preset('measured'),
    )
    .option('--decisions <count>', 'of each kind, for --self-test synthetic', count, 100)
    .option('--items <count>', 'of each round, for --self-test measured', count, 20_000)
    .action(async (options: GateArguments) => {
      if (options.selfTest !== undefined) done(await reportSelfTest(io, options.selfTest, options));
      else done(await judge(io, options));
    });

async function judge(io: Io, options: GateArguments): Promise<number> {
  const { profile, baseline: file, measured: measuredFile, out, json } = options;
  const given = parseBudgets(readText(options.budgets), options.budgets);
  const budgets = options.against === false ? withoutRelative(io, given, profile) : given;
  const measurements =
    options.measurements === undefined
      ? await measure(io, budgets, options)
      : readMeasurements(readText(options.measurements), options.measurements);
  if (measuredFile !== undefined) writeText(measuredFile, `${JSON.stringify(measurements, null, 2)}\n`);
  const committed = readTextIfAny(file);
  const kept = committed === undefined ? undefined : readBaseline(committed, file);
  // What this very run measured is its own baseline where there is none; a file of measurements must be told to be one.
  const first = options.measurements === undefined && kept === undefined;
  const writes = options.updateBaseline || first;
  const baseline = writes ? baselineOf(budgets, measurements, kept) : kept;
  const result = gate(budgets, measurements, { profile, baseline });
  if (writes && Object.keys(baseline?.counters ?? {}).length > 0) {
    writeText(file, `${JSON.stringify(baseline, null, 2)}\n`);
    io.err(`${first ? 'There was no baseline. ' : ''}${file} is written from these measurements; commit it.\n`);
  }
  const asJson = `${JSON.stringify(result, null, 2)}\n`;
  if (out !== undefined) writeText(out, asJson);
  io.out(json ? asJson : text(result));
  return result.exitCode;
}

async function measure(io: Io, budgets: Document<Budgets>, options: GateArguments): Promise<Measurements> {
  const { profile, against, databaseUrl } = options;
  const scenarios = scenariosOf(budgets.value, profile).map(([name, { params = {}, relative }]) => ({
    name,
    params: paramsOf(name, params),
    relative,
  }));
  const compares = scenarios.filter(({ relative = [] }) => relative.length > 0).map(({ name }) => name);
  if (compares.length > 0 && typeof against !== 'string') {
    const message = `${compares.join(', ')} have budgets relative to another build: give --against <npm version | git ref | folder>, or --no-against to leave them out`;
    throw new LoadtestError('OPTION_INVALID', message, { scenarios: compares });
  }
  const progress = progressOn(io);
  const building = typeof against === 'string' && compares.length > 0;
  if (building) progress.line(`building ${against}`);
  const checkout = { folder: path.dirname(options.budgets), signal: io.signal };
  await using build = building ? await buildAgainst(against, budgets.value.against, checkout) : undefined;
  await using database = await openDatabase(databaseUrl ?? io.env['DATABASE_URL']);
  const toRun = { database, scenarios, against: build?.root, progress: progress.line, signal: io.signal };
  const { environment, ...measured } = await runScenarios(toRun);
  progress.end();
  return { ...measured, environment: { ...environment, ...(build === undefined ? {} : { against: build.name }) } };
}

function withoutRelative(io: Io, budgets: Document<Budgets>, profile: string): Document<Budgets> {
  const { scenarios } = budgets.value;
  const left = scenariosOf(budgets.value, profile).filter(([, { relative = [] }]) => relative.length > 0);
  if (left.length > 0) {
    io.err(`Left out, as --no-against says: the relative budgets of ${left.map(([name]) => name).join(', ')}.\n`);
  }
  const kept = Object.entries(scenarios).map(([name, { relative: _, ...others }]) => [name, others] as const);
  return { ...budgets, value: { ...budgets.value, scenarios: Object.fromEntries(kept) } };
}
