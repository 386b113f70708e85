/**
 * A worker process for drills. `DRILL_KILL_AT` names a fact and a number: at the n-th such fact the process kills itself
 * with SIGKILL, right where the fact is published. `DRILL_KILL_AT_STATEMENT` is a number: it does so before it sends its
 * n-th statement after it is ready, whatever that is. `DRILL_POISON` is a key: the process kills itself whenever the
 * JavaScript back end is about to write the item that has it. It says on stdout which slices it begins and ends.
 */
import { subscribe } from 'node:diagnostics_channel';
import pg from 'pg';
import { connect } from '../connect.ts';
import type { Facts } from '../facts.ts';
import type { Backend } from '../projections/projection.ts';
import { contest } from './contest.ts';

const [fact, nth] = (process.env['DRILL_KILL_AT'] ?? '').split('#');
let seen = 0;
if (fact) {
  subscribe(`scorekeep.${fact}`, () => {
    if (++seen === Number(nth ?? 1)) process.kill(process.pid, 'SIGKILL');
  });
}

const poison = process.env['DRILL_POISON'];
const lastStatement = Number(process.env['DRILL_KILL_AT_STATEMENT'] ?? 0);
let ready = false;
let statements = 0;
if (poison || lastStatement > 0) {
  const query = pg.Client.prototype.query;
  pg.Client.prototype.query = function (this: pg.Client, ...sent: unknown[]) {
    if (ready && ++statements === lastStatement) process.kill(process.pid, 'SIGKILL');
    const values = Array.isArray(sent[1]) ? sent[1] : [];
    if (
      poison &&
      values.some((value) => typeof value === 'string' && value.startsWith('{') && value.includes(poison))
    ) {
      process.kill(process.pid, 'SIGKILL');
    }
    return Reflect.apply(query, this, sent);
  } as typeof query;
}

const keep = await connect({
  url: process.env['DRILL_URL'],
  batchSize: Number(process.env['DRILL_BATCH_SIZE'] ?? 20_000),
});
const { points, overall } = contest(process.env['DRILL_BACKEND'] as Backend | undefined);
process.once('SIGTERM', () => void keep.stop());
await keep.start({ projections: [points], boards: [overall], workers: 1 });
subscribe('scorekeep.slice.started', (fact) => tell('begun', fact as Facts['slice.started']));
subscribe('scorekeep.slice.committed', (fact) => {
  const committed = fact as Facts['slice.committed'];
  if (committed.done) tell('done', committed);
});
ready = true;
process.stdout.write('ready\n');

/** Synchronous, as writes to a pipe are on POSIX, so that it is out before the process can die. */
function tell(what: string, { slice }: { slice: string }): void {
  process.stdout.write(`${what} ${slice}\n`);
}
