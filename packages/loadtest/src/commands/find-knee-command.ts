import { Command } from 'commander';
import { openDatabase } from '../database/open-database.ts';
import { constantRate } from '../events/constant-rate.ts';
import { findKnee } from '../events/find-knee.ts';
import { amount } from '../report/amount.ts';
import type { CommandContext } from './io.ts';
import { above0, count } from './options.ts';
import { progressOn } from './progress.ts';

interface KneeArguments {
  readonly from: number;
  readonly p95Ms: number;
  readonly seconds: number;
  readonly refine: number;
  readonly databaseUrl?: string;
  readonly json: boolean;
}

/** `find-knee`: the highest rate of events that is kept. Exits 3 when the generator gave up first, 1 when no rate was kept. */
export const findKneeCommand = ({ io, done }: CommandContext): Command =>
  new Command('find-knee')
    .description('the highest constant rate of events that is answered in time and processed')
    .option('--from <rate>', 'events a second to begin with', count, 50)
    .option('--p95-ms <time>', 'what 95 of 100 answers must keep to, from their intended start', above0, 500)
    .option('--seconds <time>', 'for each rate', count, 10)
    .option('--refine <steps>', 'rates between the last that was kept and the first that was not', count, 3)
    .option(
      '--database-url <url>',
      'a database whose comment says that it may be emptied; default: an embedded Postgres',
    )
    .option('--json', 'print JSON', false)
    .action(async ({ from, p95Ms, seconds, refine, databaseUrl, json }: KneeArguments) => {
      const progress = progressOn(io);
      await using database = await openDatabase(databaseUrl ?? io.env['DATABASE_URL']);
      const measure = (rate: number) =>
        constantRate(database, {
          rate,
          seconds,
          signal: io.signal,
          onProgress: (line) => progress.line(`${rate}/s: ${line}`),
        });
      const knee = await findKnee({ from, p95Ms, refine, measure });
      progress.end();
      if (json) io.out(`${JSON.stringify(knee, null, 2)}\n`);
      else {
        for (const { rate, outcome, p95Ms: p95, processedShare } of knee.points)
          io.out(
            `${outcome.padEnd(8)} ${amount(rate)}/s: p95 ${amount(p95)} ms, ${amount(100 * processedShare)} % processed\n`,
          );
        io.out(
          `The knee lies between ${amount(knee.kept)}/s and ${knee.missed === undefined ? 'what this generator can offer' : `${amount(knee.missed)}/s`}.\n`,
        );
      }
      done(knee.kept === 0 ? 1 : knee.missed === undefined ? 3 : 0);
    });
