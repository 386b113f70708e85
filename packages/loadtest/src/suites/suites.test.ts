import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { build } from 'tsup';
import { afterEach, expect, test, vi } from 'vitest';
import suites from '../../tsup.suites.ts';
import { runMain } from '../testing/run-main.ts';
import { EVENT_BODY, fillBody } from './body.ts';
import { exitCodeOfK6 } from './run-k6.ts';
import { SUITES } from './suites.ts';

afterEach(() => vi.unstubAllEnvs());

test('every k6 suite is bundled to one file that imports nothing but k6, and nothing from afar', {
  timeout: 120_000,
}, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'scorekeep-suites-'));
  try {
    const entry = ([suites.entry].flat() as string[]).map((file) => path.resolve('packages/loadtest', file));
    await build({ ...suites, entry, outDir: folder, config: false, silent: true });
    const bundles = readdirSync(folder).filter((file) => file.endsWith('.js'));
    const names = Object.entries(SUITES).filter(([, { engine }]) => engine === 'k6');
    expect(bundles.sort()).toEqual(names.map(([name]) => `${name}.js`).sort());
    for (const bundle of bundles) {
      const code = readFileSync(path.join(folder, bundle), 'utf8');
      const imports = [...code.matchAll(/(?:from\s*|import\s*\(?)["']([^"']+)["']/g)].map((match) => match[1] ?? '');
      expect(imports.length).toBeGreaterThan(0);
      expect(imports.filter((name) => !/^k6(\/[a-z]+)*$/.test(name))).toEqual([]);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('k6 asked for and missing is exit 5, and a word about where it is to be had', async () => {
  vi.stubEnv('PATH', '/nowhere');
  const { status, stdout, stderr } = await runMain('suite', 'events-100', '--url', 'http://127.0.0.1:9');
  expect([status, stdout]).toEqual([5, '']);
  expect(stderr).toContain('k6 is not on the path');
});

test('a URL where nobody answers is a failure, not a pass of nothing', async () => {
  const { status, stderr } = await runMain('suite', 'burst-100', '--url', 'http://127.0.0.1:9');
  expect(status).toBe(1);
  expect(stderr).toContain('Nothing answers at http://127.0.0.1:9/events');
});

test('what k6 ends with: thresholds are budgets, all else is a run that did not happen', () => {
  expect([0, 99, 110, 104, 107, 105, null].map(exitCodeOfK6)).toEqual([0, 1, 1, 2, 2, 2, 2]);
});

test('the body of an event is JSON with a UUID, whatever the number and the randomness', () => {
  fc.assert(
    fc.property(fc.nat(), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (n, random) => {
      const event = JSON.parse(fillBody(EVENT_BODY, n, () => random, new Date(0)));
      expect(event).toMatchObject({ time: '1970-01-01T00:00:00.000Z', data: { n } });
      expect(event.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    }),
  );
});
