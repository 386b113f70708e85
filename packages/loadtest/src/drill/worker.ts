/** One process of a drill: it works the job until it is killed. */
import { enableCompileCache } from 'node:module';
import { fromBuild } from '../from-build.ts';
import { type DrillTask, drilledJob, POOL_SIZE } from './drilled-job.ts';

enableCompileCache();
const task = JSON.parse(process.env['SCOREKEEP_LOADTEST_TASK'] ?? '{}') as DrillTask;
const { connect, job } = await fromBuild<typeof import('@scorekeep/queue')>(task.root, '@scorekeep/queue');

process.on('SIGINT', () => undefined); // Ctrl-C reaches the whole terminal group: the parent decides what it means
const parent = process.ppid;
setInterval(() => process.ppid === parent || process.exit(), 1000).unref(); // a parent that was killed can end nobody
const keep = await connect({ url: task.url, poolSize: POOL_SIZE });
await keep.start({ jobs: [drilledJob(job, task)] });
process.stdout.write('ready\n');
