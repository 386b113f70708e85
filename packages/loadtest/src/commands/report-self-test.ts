import { measuredSelfTest } from '../against/self-test-measured.ts';
import { openDatabase } from '../database/open-database.ts';
import { selfTest } from '../gate/self-test.ts';
import { text } from '../report/text.ts';
import { OWN_ROOT } from '../scenarios/run-scenarios.ts';
import type { Io } from './io.ts';
import { progressOn } from './progress.ts';

export type SelfTestKind = 'measured' | 'synthetic';

interface SelfTestArguments {
  readonly databaseUrl?: string;
  readonly decisions: number;
  readonly items: number;
  readonly json: boolean;
}

/** Prints what the gate says about what is known. Gives 1 when it is wrong, 0 otherwise. */
export const reportSelfTest = (io: Io, kind: SelfTestKind, options: SelfTestArguments): Promise<number> =>
  kind === 'synthetic' ? Promise.resolve(reportSynthetic(io, options)) : reportMeasured(io, options);

async function reportMeasured(io: Io, { databaseUrl, items, json }: SelfTestArguments): Promise<number> {
  const progress = progressOn(io);
  await using database = await openDatabase(databaseUrl ?? io.env['DATABASE_URL']);
  const decisions = await measuredSelfTest({
    database,
    root: OWN_ROOT,
    items,
    rounds: [8, 24],
    progress: progress.line,
    signal: io.signal,
  });
  progress.end();
  if (json) io.out(`${JSON.stringify(decisions, null, 2)}\n`);
  else {
    for (const { planted, rounds, ok, result } of decisions) {
      io.out(`${ok ? 'ok    ' : 'NOT OK'}  planted ${planted}, ${rounds} rounds\n${text(result)}`);
    }
  }
  return decisions.every(({ ok }) => ok) ? 0 : 1;
}

function reportSynthetic(io: Io, { decisions, json }: SelfTestArguments): number {
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
