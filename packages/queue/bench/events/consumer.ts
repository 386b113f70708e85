/**
 * The consumer of `npm run bench -- events`: follows the log with the fold that its second argument names, until SIGTERM; then
 * it says how many milliseconds the oldest event of each step had to wait until it was applied, and its own CPU seconds. At
 * SIGUSR2 it says the first for the time since it last did, and its memory.
 */
import { connect, type Facts, subscribe } from '../../src/index.ts';
import { FOLDS } from './folds.ts';

const [url, name = ''] = process.argv.slice(2);
const projection = FOLDS[name];
if (projection === undefined) throw new TypeError(`no fold is named ${name}`);
const keep = await connect({ url, migrate: false, poolSize: 5 });
const waited: number[] = [];
subscribe('projection.applied', ({ lagSeconds, milliseconds }: Facts['projection.applied']) => {
  waited.push(lagSeconds * 1000 + milliseconds);
});
await keep.start({ projections: [projection] });
const cpu = process.cpuUsage();
process.on('SIGUSR2', () => {
  process.stdout.write(`${JSON.stringify({ waited: waited.splice(0), memory: process.memoryUsage().rss })}\n`);
});
process.stdout.write('ready\n');
process.once('SIGTERM', () => {
  const { user, system } = process.cpuUsage(cpu);
  process.stdout.write(`${JSON.stringify({ waited, cpuSeconds: (user + system) / 1e6 })}\n`, () => void keep.stop());
});
