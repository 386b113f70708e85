import { Command } from 'commander';
import { SCENARIOS } from '../scenarios/catalogue.ts';
import type { CommandContext } from './io.ts';

/** `list`: every scenario, what it does and its parameters. */
export const listCommand = ({ io, done }: CommandContext): Command =>
  new Command('list')
    .description('the scenarios that there are')
    .option('--json', 'print JSON', false)
    .action(({ json }: { readonly json: boolean }) => {
      const all = Object.entries(SCENARIOS).map(([name, { about, params }]) => ({ name, about, params }));
      if (json) io.out(`${JSON.stringify(all, null, 2)}\n`);
      else for (const { name, about } of all) io.out(`${name.padEnd(20)} ${about}\n`);
      done(0);
    });
