/**
 * A process that follows the log of games with the projections of drills. `DRILL_KILL_AT` names a fact and a number: at the
 * n-th such fact the process kills itself with SIGKILL, right where the fact is published. `DRILL_KILL_AT_STATEMENT` is a
 * number: it does so before it sends its n-th statement after it is ready, whatever that is.
 */
import { subscribe } from 'node:diagnostics_channel';
import { connect } from '../../connect.ts';
import { dieAtStatement } from '../../testing/die-at-statement.ts';
import { drillBoards, drilled } from './drilled.ts';

const [fact, nth] = (process.env['DRILL_KILL_AT'] ?? '').split('#');
const ready = dieAtStatement();
let seen = 0;
if (fact) {
  subscribe(`scorekeep.${fact}`, () => {
    if (++seen === Number(nth ?? 1)) process.kill(process.pid, 'SIGKILL');
  });
}

const keep = await connect({ url: process.env['DRILL_URL'], poolSize: 20 });
process.once('SIGTERM', () => void keep.stop());
await keep.start({ projections: Object.values(drilled), boards: drillBoards });
ready();
process.stdout.write('ready\n');
