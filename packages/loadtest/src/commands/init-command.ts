import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import type { Budgets } from '../budgets/budgets.ts';
import { LoadtestError } from '../loadtest-error.ts';
import { OWN_ROOT } from '../scenarios/run-scenarios.ts';
import { makeFolder, writeText } from './files.ts';
import type { CommandContext } from './io.ts';

/** `init`: a budgets file with the targets of the guide, and a workflow. Writes over nothing. */
export const initCommand = ({ io, done }: CommandContext): Command =>
  new Command('init')
    .description('write a budgets file and a workflow to begin with')
    .argument('[folder]', 'where', '.')
    .action((folder: string) => {
      const files = { 'budgets.json': startingBudgets(), [WORKFLOW]: workflow() };
      for (const name of Object.keys(files)) {
        if (!existsSync(path.join(folder, name))) continue;
        throw new LoadtestError('OPTION_INVALID', `${name} is there already, and is left as it is`, { file: name });
      }
      // All of them first: where one cannot be, nothing is begun.
      for (const name of Object.keys(files)) makeFolder(path.dirname(path.join(folder, name)));
      for (const [name, text] of Object.entries(files)) {
        writeText(path.join(folder, name), text);
        io.out(`${name} is written\n`);
      }
      io.out('Next: npx scorekeep-loadtest gate, and commit the baseline.json that it writes.\n');
      done(0);
    });

const WORKFLOW = '.github/workflows/load-test.yml';

/** Ours, as a host begins: its own build command, and nothing compared until it says with what. */
function startingBudgets(): string {
  const ours = JSON.parse(readFileSync(path.join(OWN_ROOT, 'budgets.json'), 'utf8')) as Budgets;
  const scenarios = Object.entries(ours.scenarios).map(([name, { relative: _, ...budget }]) => [name, budget] as const);
  const budgets = {
    ...ours,
    $schema: './node_modules/@scorekeep/loadtest/schema/budgets-1.json',
    against: { build: 'npm ci && npm run build' },
    scenarios: Object.fromEntries(scenarios),
  };
  return `${JSON.stringify(budgets, null, 2)}\n`;
}

const workflow = (): string => `name: load test
on:
  pull_request:
  schedule:
    - cron: '17 3 * * *'
jobs:
  gate:
    runs-on: ubuntu-latest
    timeout-minutes: 120
    steps:
      - uses: actions/checkout@v5
        with: { fetch-depth: 0 }
      - uses: actions/setup-node@v5
        with: { node-version: 24 }
      - run: npm ci
      - run: npx scorekeep-loadtest gate --profile \${{ github.event_name == 'schedule' && 'nightly' || 'pr' }} --out result.json
      - if: always() && hashFiles('result.json') != ''
        run: npx scorekeep-loadtest report result.json --junit junit.xml --summary --annotations
`;
