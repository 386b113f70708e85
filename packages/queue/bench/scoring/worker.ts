/** One worker process of the benchmark: serves the projection that its arguments describe until it is told to stop. */
import { kicktipp } from '@scorekeep/core/contests';
import { type Backend, board, connect, projection, type TableLog } from '../../src/index.ts';

const { url, name, log, backend, withBoard } = JSON.parse(process.argv[2] ?? '{}') as {
  url: string;
  name: string;
  log: TableLog;
  backend: Backend;
  withBoard: boolean;
};
const keep = await connect({ url });
const points = projection(name, { from: log, score: kicktipp, backend });
const boards = withBoard ? [board(name, { of: points, add: 'sum', ties: ['exactCount', 'subject'] })] : [];
process.once('SIGTERM', () => void keep.stop());
await keep.start({ projections: [points], boards, workers: 1 });
process.stdout.write('ready\n');
