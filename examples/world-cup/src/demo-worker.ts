import { connect } from '@scorekeep/queue';
import { observe } from './observe.ts';
import { contests } from './pipeline.ts';

// One worker process. It serves both contests until it is told to stop (SIGTERM) or its parent is gone; either way it
// finishes what it has begun. Ctrl-C reaches the whole terminal group: the parent decides what that means.
const { WORLD_CUP_URL: url, WORLD_CUP_SCHEMA: schema = 'scorekeep', WORLD_CUP_BACKEND: backend } = process.env;
const stopping = new AbortController();
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => stopping.abort());
process.on('disconnect', () => stopping.abort());

const { draw, kicktipp } = contests(backend === 'js' ? 'js' : 'sql');
const telemetry = await observe('world-cup-worker', process.env['WORLD_CUP_COLLECTOR']);
const keep = await connect({ url, schema, poolSize: 6 });
stopping.signal.addEventListener('abort', async () => {
  await keep.stop();
  await telemetry?.shutdown();
  process.exit(0);
});
await keep.start({ projections: [draw.points, kicktipp.points], boards: [draw.board, kicktipp.board], workers: 1 });
if (stopping.signal.aborted) process.exit(0);
process.send?.('ready');
