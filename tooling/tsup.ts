import { defineConfig, type Options } from 'tsup';

/** The one build of every package: ESM, one file per export, declarations, source maps. */
export const library = (entry: Record<string, string>): ReturnType<typeof defineConfig> =>
  defineConfig({
    entry,
    format: ['esm'],
    target: 'node22',
    dts: true,
    sourcemap: true,
    clean: true,
    splitting: true,
  } satisfies Options);
