import { Command, CommanderError } from 'commander';
import { doctorCommand } from './commands/doctor-command.ts';
import { findKneeCommand } from './commands/find-knee-command.ts';
import { gateCommand } from './commands/gate-command.ts';
import { initCommand } from './commands/init-command.ts';
import type { Io } from './commands/io.ts';
import { listCommand } from './commands/list-command.ts';
import { planCommand } from './commands/plan-command.ts';
import { reportCommand } from './commands/report-command.ts';
import { runCommand } from './commands/run-command.ts';
import { suiteCommand } from './commands/suite-command.ts';
import { LoadtestError, type LoadtestErrorCode } from './loadtest-error.ts';

/** Runs the command that the arguments name; gives what the process ends with. */
export async function main(args: readonly string[], io: Io): Promise<number> {
  let exitCode = 0;
  const done = (code: number): void => {
    exitCode = code;
  };
  const program = new Command('scorekeep-loadtest')
    .description('Runs load tests, judges them by budgets, plans workers, reports.')
    .addHelpText('after', EXIT_CODES)
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .exitOverride();
  for (const command of COMMANDS) {
    program.addCommand(command({ io, done }).copyInheritedSettings(program));
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof LoadtestError)) throw error;
    io.err(`error: ${error.message}\n`);
    return EXIT_CODE_OF[error.code] ?? 2;
  }
}

const COMMANDS = [
  doctorCommand,
  listCommand,
  runCommand,
  suiteCommand,
  gateCommand,
  findKneeCommand,
  planCommand,
  reportCommand,
  initCommand,
];

/** Of what is not the fault of the arguments or files. */
const EXIT_CODE_OF: Partial<Readonly<Record<LoadtestErrorCode, number>>> = { ENVIRONMENT_MISSING: 5, RUN_FAILED: 1 };

const EXIT_CODES = `
Exit codes:
  0  all budgets are kept, or nothing worse than a warning
  1  a budget is missed
  2  wrong use: an option, a budgets file or another file that is not as it must be
  3  inconclusive, where the profile says that this fails
  4  an invariant is violated: rows or jobs lost, done twice or wrongly
  5  something is missing in the environment that was asked for`;
