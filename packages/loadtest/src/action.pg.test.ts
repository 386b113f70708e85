import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { testDatabase } from '../../../tooling/test-database.ts';
import { expendable } from './testing/expendable.ts';
import { runMain } from './testing/run-main.ts';

interface Step {
  readonly run?: string;
  readonly uses?: string;
  readonly if?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly 'working-directory'?: string;
}
interface Action {
  readonly inputs: Readonly<Record<string, { readonly default: string; readonly description: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[]; readonly 'timeout-minutes': number }>>;
}

const yaml = <Kind>(file: string): Kind => parse(readFileSync(file, 'utf8')) as Kind;
const action = yaml<Action>('.github/actions/load-test/action.yml');
const folder = mkdtempSync(path.join(tmpdir(), 'scorekeep-action-'));
const at = (name: string): string => path.join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

/** Stands where a host has the installed command; it runs this source. */
const NPX = `#!/bin/sh
test "$1" = scorekeep-loadtest || { echo "npx $1" >&2; exit 9; }
shift
exec "${process.execPath}" --conditions=@scorekeep/source "${path.resolve('packages/loadtest/src/cli.ts')}" "$@"
`;

const BUDGETS = {
  version: 1,
  profiles: { pr: { include: ['predictions-50k'] }, beside: { include: ['cost-matches'] } },
  scenarios: {
    'predictions-50k': {
      params: { items: 500, workers: 1 },
      requireSamples: 500,
      slo: [{ metric: 'error.rate', maxExclusive: 0.001 }],
    },
    'cost-matches': {
      params: { items: 500, repeats: 1 },
      requireSamples: 500,
      relative: [{ metric: 'cpu.ms_per_1k', maxIncrease: '900%', rounds: [4, 4] }],
    },
  },
};

let url: string;
beforeAll(async () => {
  ({ url } = await testDatabase());
  await expendable(url);
  writeFileSync(at('npx'), NPX);
  chmodSync(at('npx'), 0o755);
});

/** Runs the steps of the action as a runner does: inputs put in, each by its shell, the later ones whatever the first said. */
function runAction(given: Readonly<Record<string, string>>): { readonly status: number; readonly out: string } {
  const put = (text: string): string =>
    text.replaceAll(/\$\{\{ inputs\.(\w+) \}\}/g, (_, name: string) => {
      const input = action.inputs[name];
      if (input === undefined) throw new Error(`the action has no input ${name}`);
      return given[name] ?? input.default;
    });
  let status = 0;
  let out = '';
  for (const step of action.runs.steps) {
    if (status !== 0 && step.if !== 'always()') continue;
    const own = Object.entries(step.env ?? {}).map(([name, value]) => [name, put(value)]);
    const env = {
      ...process.env,
      ...Object.fromEntries(own),
      PATH: `${folder}:${process.env['PATH']}`,
      DATABASE_URL: url,
      GITHUB_STEP_SUMMARY: at('summary.md'),
    };
    const cwd = path.resolve(folder, put(step['working-directory'] ?? '.'));
    const shell = ['--noprofile', '--norc', '-eo', 'pipefail', '-c', put(step.run ?? '')];
    const ended = spawnSync('bash', shell, { cwd, env, encoding: 'utf8' });
    status ||= ended.status ?? 1;
    out += ended.stdout + ended.stderr;
  }
  return { status, out };
}

describe('the composite action, run step by step', () => {
  test('has steps for a shell only, and every input is used and described', () => {
    expect(action.runs.using).toBe('composite');
    const text = JSON.stringify(action.runs.steps);
    for (const [name, { description }] of Object.entries(action.inputs)) {
      expect(text).toContain(`\${{ inputs.${name} }}`);
      expect(description.length).toBeGreaterThan(10);
    }
    // An expression inside a script is a way in for whoever names a branch.
    for (const { run } of action.runs.steps) expect(run).not.toContain('${{');
  });

  test('measures the profile in the folder, leaves relative budgets out, and reports', () => {
    writeFileSync(at('budgets.json'), JSON.stringify(BUDGETS));
    const { status, out } = runAction({ folder });
    expect([status, out]).toEqual([0, expect.stringContaining('pass  predictions-50k')]);
    expect(readFileSync(at('summary.md'), 'utf8')).toMatch(/^## Load test, profile pr: /);
    expect(readFileSync(at('load-test.xml'), 'utf8')).toContain('<testsuites ');
  });

  test('compares with the build that it is told, in the profile that it is told', () => {
    const { status, out } = runAction({ folder, profile: 'beside', against: path.resolve('packages/loadtest') });
    expect([status, out]).toEqual([0, expect.stringContaining('pass  profile beside')]);
    const result = JSON.parse(readFileSync(at('load-test.json'), 'utf8'));
    expect(result.environment.against).toBe(path.resolve('packages/loadtest'));
  });

  test('fails when a budget is missed, and reports that too', () => {
    const slo = [{ metric: 'throughput.per_second', min: 1e9 }];
    const missed = { ...BUDGETS.scenarios['predictions-50k'], slo };
    writeFileSync(
      at('budgets.json'),
      JSON.stringify({ ...BUDGETS, scenarios: { ...BUDGETS.scenarios, 'predictions-50k': missed } }),
    );
    const { status, out } = runAction({ folder });
    expect([status, out]).toEqual([1, expect.stringMatching(/::error file=budgets.json,line=1,/)]);
  });
});

/** The command lines of a script that call us. */
const callsIn = (script: string): string[][] =>
  [...script.matchAll(/^\s*(?:[A-Z_]+=\S+ )?(?:npx scorekeep-loadtest|loadtest) (.+?)(?: \|\| .*)?$/gm)].map(
    ([, line = '']) => line.split(/\s+/),
  );

/** That a command has every option that is passed to it. */
async function understood([command = '', ...args]: readonly string[]): Promise<void> {
  const { status, stdout } = await runMain(command, '--help');
  expect([command, status]).toEqual([command, 0]);
  for (const option of args.filter((argument) => argument.startsWith('--'))) {
    expect([command, stdout]).toEqual([command, expect.stringMatching(new RegExp(`${option}\\b`))]);
  }
}

describe('the workflows', () => {
  test("the nightly one runs a script that is there, in less than GitHub's six hours", async () => {
    const { on, jobs } = yaml<Workflow>('.github/workflows/nightly.yml');
    expect(Object.keys(on)).toEqual(['schedule', 'workflow_dispatch']);
    const [job] = Object.values(jobs);
    expect(job?.['timeout-minutes']).toBeLessThan(360);
    const scripts = (job?.steps ?? []).flatMap(({ run }) => (run === undefined ? [] : [run]));
    expect(scripts).toEqual(['BASE_REF=HEAD~1 .ci/nightly']);
    const calls = callsIn(readFileSync('.ci/nightly', 'utf8'));
    expect(calls.map(([command]) => command)).toEqual(['gate', 'plan', 'gate', 'report']);
    for (const call of calls) await understood(call);
  });

  test('the one that init writes calls us with what there is', async () => {
    const { status } = await runMain('init', at('host'));
    expect(status).toBe(0);
    const { on, jobs } = yaml<Workflow>(at('host/.github/workflows/load-test.yml'));
    expect(Object.keys(on)).toEqual(['pull_request', 'schedule']);
    const script = (jobs['gate']?.steps ?? []).map(({ run = '' }) => run.replace(/\$\{\{.*?\}\}/g, 'pr')).join('\n');
    const calls = callsIn(script);
    expect(calls.map(([command]) => command)).toEqual(['gate', 'report']);
    for (const call of calls) await understood(call);
    expect(existsSync(at('host/budgets.json'))).toBe(true);
  });
});
