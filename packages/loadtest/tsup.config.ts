import type { Options } from 'tsup';
import { library } from '../../tooling/tsup.ts';

const entry = {
  index: 'src/index.ts',
  cli: 'src/cli.ts',
  'drain-worker': 'src/drain/worker.ts',
  'events-host': 'src/events/host.ts',
};

/** k6 resolves no npm package and no build here: each suite is one file, whose only imports are k6's own modules. */
export const suites: Options = {
  entry: ['suites/events-100.ts', 'suites/enqueue-latency.ts', 'suites/api-mix.ts'],
  outDir: 'dist/k6',
  format: ['esm'],
  target: 'es2020',
  external: [/^k6(\/|$)/],
  sourcemap: true,
  splitting: false,
};

const packages: unknown[] = [library(entry), suites];
export default packages;
