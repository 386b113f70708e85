import { Command } from 'commander';
import { parseBudgets } from '../budgets/parse-budgets.ts';
import { baselineOf, gate } from '../gate/gate.ts';
import { readBaseline, readMeasurements } from '../gate/read-measurements.ts';
import { selfTest } from '../gate/self-test.ts';
import { text } from '../report/text.ts';
import { readText, readTextIfAny, writeText } from './files.ts';
import type { CommandContext, Io } from './io.ts';
import { count } from './options.ts';

interface GateArguments {
  readonly budgets: string;
  readonly measurements?: string;
  readonly baseline: string;
  readonly profile: string;
  readonly updateBaseline: boolean;
  readonly out?: string;
  readonly json: boolean;
  readonly selfTest: boolean;
  readonly decisions: number;
}

/** `gate`: judges measurements that were taken, or itself. Gives the exit code. */
export const gateCommand = ({ io, done }: CommandContext): Command =>
  new Command('gate')
    .description('judge measurements by budgets')
    .option('-m, --measurements <file>', 'what was measured')
    .option('-b, --budgets <file>', 'the budgets', 'budgets.json')
    .option('--baseline <file>', 'the committed work counters', 'baseline.json')
    .option('--update-baseline', 'take the measured work counters as the new baseline', false)
    .option('-p, --profile <name>', 'which scenarios are judged', 'pr')
    .option('-o, --out <file>', 'write the result as JSON, for the report command')
    .option('--json', 'print the result as JSON', false)
    .option('--self-test', 'judge synthetic measurements whose truth is known, and nothing else', false)
    .option('--decisions <count>', 'of each kind, for --self-test', count, 100)
    .action((options: GateArguments, command: Command) => {
      if (options.selfTest) done(reportSelfTest(io, options));
      else if (options.measurements === undefined) command.error("error: option '--measurements <file>' is missing");
      else done(judge(io, options, options.measurements));
    });

function judge(io: Io, options: GateArguments, file: string): number {
  const budgets = parseBudgets(readText(options.budgets), options.budgets);
  const measurements = readMeasurements(readText(file), file);
  const committed = readTextIfAny(options.baseline);
  const kept = committed === undefined ? undefined : readBaseline(committed, options.baseline);
  const baseline = options.updateBaseline ? baselineOf(budgets, measurements, kept) : kept;
  const result = gate(budgets, measurements, { profile: options.profile, baseline });
  if (options.updateBaseline) {
    writeText(options.baseline, `${JSON.stringify(baseline, null, 2)}\n`);
    io.err(`${options.baseline} is written from these measurements; commit it.\n`);
  }
  const json = `${JSON.stringify(result, null, 2)}\n`;
  if (options.out !== undefined) writeText(options.out, json);
  io.out(options.json ? json : text(result));
  return result.exitCode;
}

function reportSelfTest(io: Io, { decisions, json }: GateArguments): number {
  const test = selfTest({ decisions });
  if (json) io.out(`${JSON.stringify(test, null, 2)}\n`);
  else {
    for (const { planted, noise, passed, inconclusive, failed, rounds, ok } of test.rows) {
      const counts = `${passed} passed, ${inconclusive} inconclusive, ${failed} failed of ${decisions}`;
      io.out(
        `${ok ? 'ok    ' : 'NOT OK'}  planted ${planted}, noise ${Math.round(100 * noise)} %: ${counts}, ${rounds.toFixed(1)} rounds on average\n`,
      );
    }
    io.out('Synthetic measurements: this tests the deciding, not the measuring.\n');
  }
  return test.ok ? 0 : 1;
}
