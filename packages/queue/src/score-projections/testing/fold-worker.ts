/**
 * A process that scores runs and folds them. One subject, `DRILL_LETHAL`, ends the process that folds it, each time.
 * `DRILL_KILL_AT` names a fact and a number: the process kills itself at the n-th such fact. `DRILL_KILL_AT_STATEMENT` is a number: it
 * does so before it sends its n-th statement after it is ready.
 */
import { connect } from '../../connect.ts';
import { projection } from '../../projections/projection.ts';
import { dieAtFact } from '../../testing/die-at-fact.ts';
import { dieAtStatement } from '../../testing/die-at-statement.ts';
import type { ScoreProjection } from '../score-projection.ts';
import { formBy, runs, touchy } from './form.ts';

const lethal = process.env['DRILL_LETHAL'];
dieAtFact();
const ready = dieAtStatement();
const counted = projection<number>('counted', {
  from: runs,
  fold: {
    initial: 0,
    step(n, { subject }) {
      if (subject === lethal) process.exit(9);
      return n + 1;
    },
  },
});
const keep = await connect({ url: process.env['DRILL_URL'], poolSize: 12, batchSize: 20 });
process.once('SIGTERM', () => void keep.stop());
await keep.start({
  projections: [
    runs,
    formBy('sql', 'in_sql'),
    formBy('js', 'in_js'),
    touchy as ScoreProjection,
    counted as ScoreProjection,
  ],
});
ready();
process.stdout.write('ready\n');
