/**
 * A worker process for drills. `DRILL_KILL_AT` names a fact and a number: at the n-th such fact the process kills itself
 * with SIGKILL, right where the fact is published. `DRILL_POISON` is a key: the process kills itself whenever the
 * JavaScript back end is about to write the item that has it.
 */
import { subscribe } from 'node:diagnostics_channel';
import pg from 'pg';
import { connect } from '../connect.ts';
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
if (poison) {
  const query = pg.Client.prototype.query;
  pg.Client.prototype.query = function (this: pg.Client, ...sent: unknown[]) {
    const values = Array.isArray(sent[1]) ? sent[1] : [];
    if (values.some((value) => typeof value === 'string' && value.startsWith('{') && value.includes(poison))) {
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
process.stdout.write('ready\n');
