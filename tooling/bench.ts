/** Runs a benchmark of a package: `npm run bench -- <name> [--quick] [--json] [--steady <minutes>]`. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs, styleText } from 'node:util';
import type { Bench, BenchResult } from './measure.ts';

const HELP = `Usage: npm run bench -- <name> [--quick] [--json] [--steady <minutes>]

Runs packages/*/bench/<name>.ts and prints its table.

  --quick  fewer rounds, smaller inputs: to see that it runs, not to quote
  --steady an even load for so many minutes, and slopes over time, where a benchmark has it
  --json   prints { bench, environment, rows, ratios } and nothing else on stdout (use npm run -s)
  --help   prints this
`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const root = path.join(import.meta.dirname, '..');
  const known = benches(root);
  const names = [...known.keys()].sort().join(', ');
  const parsed = parse(args);
  if (typeof parsed === 'string') return refuse(parsed);
  if (parsed.values.help) {
    console.log(`${HELP}\nBenchmarks: ${names}`);
    return 0;
  }
  const [name, ...surplus] = parsed.positionals;
  if (name === undefined) return refuse(`Name a benchmark: ${names}`);
  if (surplus.length > 0) return refuse(`One benchmark at a time, got also ${surplus.join(', ')}`);
  if (parsed.values.steady !== undefined && !(Number(parsed.values.steady) > 0))
    return refuse(`--steady takes minutes, got ${parsed.values.steady}`);
  const file = known.get(name);
  if (file === undefined) return refuse(`There is no benchmark "${name}"; there are: ${names}`);

  const { default: bench } = (await import(pathToFileURL(file).href)) as { default: Bench };
  const machine = environment(root);
  const result = await bench({
    quick: parsed.values.quick,
    ...(parsed.values.steady === undefined ? {} : { steadyMinutes: Number(parsed.values.steady) }),
    progress: (line) => process.stderr.write(`${name}: ${line}\n`),
  });
  const report = { ...result, environment: { ...machine, quick: String(parsed.values.quick), ...result.environment } };
  console.log(parsed.values.json ? JSON.stringify(report, null, 2) : table(report));
  return 0;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        steady: { type: 'string' },
        help: { type: 'boolean', default: false, short: 'h' },
      },
    });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function refuse(message: string): number {
  process.stderr.write(`${message}\nnpm run bench -- --help\n`);
  return 2;
}

function benches(root: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of readdirSync(path.join(root, 'packages'))) {
    const folder = path.join(root, 'packages', name, 'bench');
    if (!existsSync(folder)) continue;
    for (const file of readdirSync(folder)) {
      if (file.endsWith('.ts') && !file.endsWith('.test.ts'))
        found.set(path.basename(file, '.ts'), path.join(folder, file));
    }
  }
  return found;
}

function environment(root: string): Record<string, string | number> {
  return {
    cpu: os.cpus()[0]?.model ?? 'unknown',
    cores: os.availableParallelism(),
    memory: `${(os.totalmem() / 2 ** 30).toFixed(1)} GiB`,
    load: os.loadavg()[0]?.toFixed(2) ?? 'unknown',
    node: process.version,
    platform: `${os.platform()} ${os.release()} ${os.arch()}`,
    commit: commit(root),
  };
}

function commit(root: string): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], {
      cwd: root,
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim();
  } catch {
    return 'unknown';
  }
}

function table(report: BenchResult): string {
  const cells = [
    ['case', 'median', '95 % from', 'to', 'min', 'max', 'unit', 'n'],
    ...report.rows.map((row) => [
      row.case,
      ...[row.median, ...(row.interval ?? [row.median, row.median]), row.min, row.max].map(amount),
      row.unit,
      String(row.n),
    ]),
  ];
  const ratios = Object.entries(report.ratios).map(([name, { median, interval = [median, median], min, max, n }]) => [
    name,
    ...[median, ...interval, min, max].map((value) => value.toFixed(3)),
    report.goals?.[name] === undefined ? '×' : `×, goal ${amount(report.goals[name])}`,
    String(n),
  ]);
  if (ratios.length > 0)
    cells.push(['ratio, higher is better', 'median', '95 % from', 'to', 'min', 'max', '', 'n'], ...ratios);
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) =>
    row.map((cell, i) => (i === 0 || i === 6 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
  );
  const facts = Object.entries(report.environment ?? {}).map(([key, value]) => `${key}: ${value}`);
  return `${styleText('bold', report.bench)}\n${facts.join(', ')}\n\n${lines.map((line) => line.trimEnd()).join('\n')}`;
}

/** Four significant digits, and thousands apart. */
function amount(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 4 });
}
