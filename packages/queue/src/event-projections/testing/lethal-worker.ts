/** A process that follows the log of games with a fold that a score of 13 ends the process of. */
import { connect } from '../../connect.ts';
import type { EventProjection } from '../event-projection.ts';
import { lethal } from './lethal.ts';

const keep = await connect({ url: process.env['DRILL_URL'], poolSize: 10 });
process.once('SIGTERM', () => void keep.stop());
const projection = lethal((score) => {
  if (score === 13) process.exit(9);
});
await keep.start({ projections: [projection as EventProjection] });
process.stdout.write('ready\n');
