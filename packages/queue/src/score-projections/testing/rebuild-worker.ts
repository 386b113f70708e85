/**
 * A process that rebuilds folds of scores, over and over, and drops what was live before. `DRILL_KILL_AT_STATEMENT` is a number: it kills
 * itself before it sends its n-th statement after it is ready.
 */
import { connect } from '../../connect.ts';
import { dieAtStatement } from '../../testing/die-at-statement.ts';
import { formBy } from './form.ts';

const ready = dieAtStatement();
const keep = await connect({ url: process.env['DRILL_URL'], poolSize: 4 });
const folds = [formBy('sql', 'in_sql'), formBy('js', 'in_js')];
for (const one of folds) await keep.projections.status(one);
ready();
process.stdout.write('ready\n');
for (;;) {
  for (const one of folds) {
    const { before } = await keep.projections.rebuild(one);
    await keep.projections.dropBuild(one, before);
  }
}
