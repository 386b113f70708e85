#!/usr/bin/env node
import { alertRules, dashboard, PRESETS, toYaml } from './alerts/index.ts';
import { readProbe } from './health/probe.ts';

const USAGE = `Usage:
  scorekeep-observability probe <file> [live | ready | started]     exit code 0 when it is
  scorekeep-observability rules [scrape | otlp] [strict | relaxed]  alert rules for Prometheus, as YAML
  scorekeep-observability dashboard [scrape | otlp]                 a dashboard for Grafana, as JSON
`;

const one = <T extends string>(given: string | undefined, known: readonly [T, ...T[]]): T | undefined =>
  given === undefined ? known[0] : known.find((name) => name === given);

/** Runs a command; answers its output and exit code. */
function run([command, ...args]: readonly string[]): { output: string; code: number } {
  if (command === 'probe') {
    const [file, probe] = [args[0], one(args[1], ['live', 'ready', 'started'])];
    if (file !== undefined && probe !== undefined) return { output: '', code: readProbe(file, probe) ? 0 : 1 };
  }
  const dialect = one(args[0], ['scrape', 'otlp']);
  const preset = one(args[1], ['strict', 'relaxed']);
  if (command === 'rules' && dialect !== undefined && preset !== undefined) {
    return { output: toYaml(alertRules({ dialect, thresholds: PRESETS[preset] })), code: 0 };
  }
  if (command === 'dashboard' && dialect !== undefined) {
    return { output: `${JSON.stringify(dashboard({ dialect }), null, 2)}\n`, code: 0 };
  }
  return { output: USAGE, code: 2 };
}

const { output, code } = run(process.argv.slice(2));
(code === 0 ? process.stdout : process.stderr).write(output);
process.exitCode = code;
