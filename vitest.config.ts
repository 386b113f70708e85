import { defineConfig } from 'vitest/config';

const source = { conditions: ['@scorekeep/source'] };
const shared = { resolve: source, ssr: { resolve: source } };

/** Two costs of test: `*.test.ts` computes, `*.pg.test.ts` talks to a real Postgres and has a database of its own. */
export default defineConfig({
  test: {
    // Database tests mostly wait for other processes, so more of them than cores run well together.
    maxWorkers: 3,
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          // Some start processes, some check a property: seconds, on a machine that others use too.
          testTimeout: 120_000,
          include: ['packages/*/src/**/*.test.ts', 'examples/*/src/**/*.test.ts', 'tooling/**/*.test.ts'],
          exclude: [
            '**/*.pg.test.ts',
            '**/*.prometheus.test.ts',
            '**/*.k6.test.ts',
            '**/*.browser.test.ts',
            '**/node_modules/**',
          ],
          typecheck: { enabled: true, include: ['packages/*/src/**/*.test-d.ts'], ignoreSourceErrors: true },
        },
      },
      {
        ...shared,
        test: {
          name: 'postgres',
          include: ['packages/*/src/**/*.pg.test.ts', 'examples/*/src/**/*.pg.test.ts', 'tooling/**/*.pg.test.ts'],
          globalSetup: './tooling/vitest-postgres.ts',
          // Far beyond what anything takes on a quiet machine: a ceiling for what hangs, not a measure.
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      // A third, for machines that have Prometheus: `.ci/with-prometheus` installs it and says so.
      ...(process.env['WITH_PROMETHEUS'] === undefined
        ? []
        : [
            {
              ...shared,
              test: {
                name: 'prometheus',
                include: ['packages/*/src/**/*.prometheus.test.ts'],
                globalSetup: './tooling/vitest-postgres.ts',
                testTimeout: 120_000,
              },
            },
          ]),
      // A fourth, for machines that have Chromium: `.ci/with-chromium` installs it and says where.
      ...(process.env['WITH_CHROMIUM'] === undefined
        ? []
        : [
            {
              ...shared,
              test: {
                name: 'browser',
                include: ['packages/*/src/**/*.browser.test.ts', 'examples/*/src/**/*.browser.test.ts'],
                globalSetup: './tooling/vitest-postgres.ts',
                testTimeout: 120_000,
                hookTimeout: 120_000,
              },
            },
          ]),
      // A fourth, for machines that have k6: `.ci/with-k6` builds it.
      ...(process.env['WITH_K6'] === undefined
        ? []
        : [
            {
              ...shared,
              test: {
                name: 'k6',
                include: ['packages/*/src/**/*.k6.test.ts', 'examples/*/src/**/*.k6.test.ts'],
                globalSetup: './tooling/vitest-postgres.ts',
                testTimeout: 300_000,
                hookTimeout: 300_000,
              },
            },
          ]),
    ],
  },
});
