/**
 * A worker process for drills. `DRILL_KILL_AT` names a fact and a number: at the n-th such fact the process kills itself
 * with SIGKILL, right where the fact is published. `DRILL_KILL_AT_STATEMENT` is a number: it does so before it sends its
 * n-th statement after it is ready, whatever that is. `DRILL_POISON` is a UUID of a key: the process kills itself whenever the
 * JavaScript back end is about to write the item that has it. It says on stdout which slices it begins and ends.
 * `DRILL_HOST=arcade` serves the arcade's boards instead of the contest; `DRILL_CLOSING=kill` has it die at the end of what
 * it does when a window closes, `pay` only do that.
 */
import { subscribe } from 'node:diagnostics_channel';
import pg from 'pg';
import { arcade, paidWeekly } from '../boards/testing/arcade.ts';
import { connect } from '../connect.ts';
import type { Facts } from '../facts.ts';
import type { Backend } from '../projections/projection.ts';
import { contest } from './contest.ts';
import { dieAtFact } from './die-at-fact.ts';
import { dieAtStatement } from './die-at-statement.ts';

dieAtFact();
const poison = process.env['DRILL_POISON'];
const ready = dieAtStatement();
if (poison) {
  const query = pg.Client.prototype.query;
  const key = Buffer.from(poison.replaceAll('-', ''), 'hex');
  pg.Client.prototype.query = function (this: pg.Client, ...sent: unknown[]) {
    const values = Array.isArray(sent[1]) ? sent[1] : [];
    const isPoison = (value: unknown): boolean =>
      Buffer.isBuffer(value)
        ? value.includes(key)
        : typeof value === 'string' && value.startsWith('{') && value.includes(poison);
    if (values.some(isPoison)) {
      process.kill(process.pid, 'SIGKILL');
    }
    return Reflect.apply(query, this, sent);
  } as typeof query;
}

const keep = await connect({
  url: process.env['DRILL_URL'],
  batchSize: Number(process.env['DRILL_BATCH_SIZE'] ?? 20_000),
});
const backend = process.env['DRILL_BACKEND'] as Backend | undefined;
process.once('SIGTERM', () => void keep.stop());
if (process.env['DRILL_HOST'] === 'arcade') {
  const closing = process.env['DRILL_CLOSING'];
  const { runs, boards } = arcade(backend);
  const weekly = paidWeekly(runs, () => closing === 'kill' && process.kill(process.pid, 'SIGKILL'));
  await keep.start({ projections: [runs], boards: closing === undefined ? boards : [weekly], workers: 1 });
} else {
  const { points, overall } = contest(backend);
  await keep.start({ projections: [points], boards: [overall], workers: 1 });
}
subscribe('scorekeep.slice.started', (fact) => tell('begun', fact as Facts['slice.started']));
subscribe('scorekeep.slice.committed', (fact) => {
  const committed = fact as Facts['slice.committed'];
  if (committed.done) tell('done', committed);
});
ready();
process.stdout.write('ready\n');

/** Synchronous, as writes to a pipe are on POSIX, so that it is out before the process can die. */
function tell(what: string, { slice }: { slice: string }): void {
  process.stdout.write(`${what} ${slice}\n`);
}
