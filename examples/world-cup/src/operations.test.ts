import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { COMMON } from '../../host/src/settings.ts';
import { SETTINGS } from './settings.ts';
import { GUIDE, readMapping } from './testing/guide.ts';

const { headings, rows } = readMapping(readFileSync(new URL('../OPERATIONS.md', import.meta.url), 'utf8'));

describe('the operations page', () => {
  test('has every heading of the guide, in the order of the guide, and no other', () => {
    expect(headings).toEqual(GUIDE.map(([heading]) => heading));
  });

  test.each(GUIDE)('has every command under "%s", as the guide writes it', (heading, commands) => {
    expect(rows.filter((row) => row.heading === heading).map(({ guide }) => guide)).toEqual(commands);
  });

  test('gives a reason wherever something is not applicable', () => {
    const without = rows.filter(({ here }) => /^not applicable/.test(here) && !/^not applicable: \S.{15,}/.test(here));
    expect(without).toEqual([]);
  });
});

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}
interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly ports?: readonly string[];
  readonly container_name?: string;
  readonly stop_grace_period?: string;
}

describe('compose.yaml', () => {
  const text = readFileSync(new URL('../compose.yaml', import.meta.url), 'utf8');
  const { services } = parse(text, { merge: true }) as Compose;

  test('has app, worker and Postgres, each with a health check, and waits for a healthy Postgres', () => {
    expect(Object.keys(services).sort()).toEqual(['app', 'postgres', 'worker']);
    for (const service of Object.values(services)) expect(service.healthcheck?.test.length).toBeGreaterThan(1);
    for (const name of ['app', 'worker']) {
      expect(services[name]?.depends_on?.['postgres']?.condition).toBe('service_healthy');
    }
  });

  test('lets `--scale worker=N` be any number: a worker has no port and no name of its own', () => {
    expect(services['worker']?.ports).toBeUndefined();
    expect(services['worker']?.container_name).toBeUndefined();
  });

  test('sets only variables that the host reads, and the guide’s can be set from outside', () => {
    const known = [...Object.values(COMMON), ...Object.values(SETTINGS)].map(({ name }) => name);
    for (const name of ['app', 'worker']) {
      expect(Object.keys(services[name]?.environment ?? {}).filter((one) => !known.includes(one))).toEqual([]);
    }
    for (const name of [
      'RABBITMQ_PREFETCH_COUNT',
      'PREDICTION_BATCH_SIZE',
      'DATABASE_POOL_SIZE',
      'ENABLE_ASYNC_PROCESSING',
    ]) {
      expect(text).toContain(`\${${name}`);
    }
  });

  test('starts scripts that exist', () => {
    for (const name of ['app', 'worker']) {
      const script = services[name]?.command?.at(-1) ?? '';
      expect(readFileSync(new URL(`../../../${script}`, import.meta.url), 'utf8')).toContain('runProcess');
    }
    const dockerfile = services['app']?.build?.dockerfile ?? '';
    expect(readFileSync(new URL(`../../../${dockerfile}`, import.meta.url), 'utf8')).toContain('FROM ');
  });
});

test('the README names every variable that the host reads', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const names = [...Object.values(COMMON), ...Object.values(SETTINGS)].map(({ name }) => name);
  expect(names.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
});
