import type { Options } from 'tsup';

/** k6 resolves no npm package and no build here: each suite is one file, whose only imports are k6's own modules. */
const suites: Options = {
  entry: ['suites/events-100.ts', 'suites/enqueue-latency.ts', 'suites/api-mix.ts'],
  outDir: 'dist/k6',
  format: ['esm'],
  target: 'es2020',
  external: [/^k6(\/|$)/],
  sourcemap: true,
  splitting: false,
};
export default suites;
