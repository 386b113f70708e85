/**
 * A process that follows the log of games with the projections of drills. `DRILL_KILL_AT` names a fact and a number: at the
 * n-th such fact the process kills itself with SIGKILL, right where the fact is published. `DRILL_KILL_AT_STATEMENT` is a
 * number: it does so before it sends its n-th statement after it is ready, whatever that is.
 */
import { connect } from '../../connect.ts';
import { dieAtFact } from '../../testing/die-at-fact.ts';
import { dieAtStatement } from '../../testing/die-at-statement.ts';
import { drillBoards, drilled } from './drilled.ts';

dieAtFact();
const ready = dieAtStatement();
const keep = await connect({ url: process.env['DRILL_URL'], poolSize: 20 });
process.once('SIGTERM', () => void keep.stop());
await keep.start({ projections: Object.values(drilled), boards: drillBoards });
ready();
process.stdout.write('ready\n');
