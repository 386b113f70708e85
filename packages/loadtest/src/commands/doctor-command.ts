import { execFileSync } from 'node:child_process';
import os from 'node:os';
import { Command } from 'commander';
import { openDatabase } from '../database/open-database.ts';
import { LoadtestError } from '../loadtest-error.ts';
import { cpuSecondsOf } from '../process-cpu.ts';
import type { CommandContext, Io } from './io.ts';

interface Finding {
  readonly what: string;
  readonly found: string;
  /** Whether load tests can do with it; `without` says what cannot be done otherwise. */
  readonly ok: boolean;
  readonly without?: string;
}

/** `doctor`: what is here to run load tests with. Exits 5 when there is no Postgres to run them on. */
export const doctorCommand = ({ io, done }: CommandContext): Command =>
  new Command('doctor')
    .description('what is here to run load tests with')
    .option(
      '--database-url <url>',
      'a database whose comment says that it may be emptied; default: an embedded Postgres',
    )
    .option('--json', 'print JSON', false)
    .action(async ({ databaseUrl, json }: { readonly databaseUrl?: string; readonly json: boolean }) => {
      const database = await databaseFindings(databaseUrl ?? io.env['DATABASE_URL']);
      const findings = [...machineFindings(), ...database, k6Finding()];
      if (json) io.out(`${JSON.stringify(findings, null, 2)}\n`);
      else print(io, findings);
      done(database.some(({ what, ok }) => what === 'Postgres' && !ok) ? 5 : 0);
    });

function print(io: Io, findings: readonly Finding[]): void {
  for (const { what, found, ok, without } of findings) {
    io.out(
      `${ok ? 'ok  ' : 'NO  '} ${what.padEnd(20)} ${found}${ok || without === undefined ? '' : `; without it: ${without}`}\n`,
    );
  }
}

function machineFindings(): readonly Finding[] {
  const cores = os.availableParallelism();
  const load = os.loadavg()[0] ?? 0;
  return [
    { what: 'Node', found: process.version, ok: true },
    { what: 'cores', found: String(cores), ok: true },
    {
      what: 'load',
      found: load.toFixed(2),
      ok: load < cores,
      without: 'others work on this machine, wall-clock times say little',
    },
    {
      what: 'CPU time',
      found: 'from /proc',
      ok: cpuSecondsOf(process.pid) > 0,
      without: 'CPU cannot be compared with another build',
    },
  ];
}

async function databaseFindings(url: string | undefined): Promise<readonly Finding[]> {
  try {
    await using database = await openDatabase(url);
    return [
      { what: 'Postgres', found: database.server, ok: true },
      {
        what: 'pg_stat_statements',
        found: database.counts ? 'counts' : 'is not loaded',
        ok: database.counts,
        without: 'there are no work counters',
      },
      {
        what: 'CPU of Postgres',
        found: database.serverPid === undefined ? 'is not ours to see' : 'counts',
        ok: database.serverPid !== undefined,
        without: "CPU is Node's alone",
      },
    ];
  } catch (error) {
    if (!(error instanceof LoadtestError)) throw error;
    return [{ what: 'Postgres', found: error.message, ok: false }];
  }
}

function k6Finding(): Finding {
  const without = 'no k6 suites; run has a generator of its own';
  try {
    const found = execFileSync('k6', ['version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return { what: 'k6', found: found.split('\n')[0] ?? '', ok: true };
  } catch {
    return { what: 'k6', found: 'is not on the path', ok: false, without };
  }
}
