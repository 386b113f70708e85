/**
 * A worker process of job drills. `DRILL_URL` is the database, `DRILL_JOBS` the names of what it works, `DRILL_WORKERS` how
 * many connections its pool has. `DRILL_KILL_AT` is a fact and a number: at the n-th such fact it kills itself, right there.
 */
import { connect } from '../connect.ts';
import { dieAtFact } from './die-at-fact.ts';
import { drillJobs } from './drill-jobs.ts';

dieAtFact();
const keep = await connect({ url: process.env['DRILL_URL'], poolSize: Number(process.env['DRILL_POOL'] ?? 10) });
let signals = 0;
process.on('SIGTERM', () => {
  void keep.stop({ force: ++signals > 1 }).then(() => process.exit(0));
});
const names = (process.env['DRILL_JOBS'] ?? 'single').split(',');
await keep.start({ jobs: names.map((name) => drillJobs[name as keyof typeof drillJobs]) });
process.stdout.write('ready\n');
