import { existsSync, readFileSync } from 'node:fs';
import { AUTH } from '@scorekeep/example-host';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { COMMON } from '../../host/src/settings.ts';
import { SETTINGS } from './settings.ts';

interface Service {
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly healthcheck: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly ports?: readonly string[];
  readonly container_name?: string;
}
const file = readFileSync(new URL('../compose.yaml', import.meta.url), 'utf8');
const { services } = parse(file, { merge: true }) as {
  services: Readonly<Record<'app' | 'worker' | 'postgres', Service>>;
};
const { app, worker, postgres } = services;

test('app and worker run programs that are there, once Postgres is healthy, and say whether they are well', () => {
  for (const { command, depends_on, healthcheck } of [app, worker]) {
    expect(existsSync(new URL(`../../../${command?.at(-1)}`, import.meta.url))).toBe(true);
    expect(depends_on).toEqual({ postgres: { condition: 'service_healthy' } });
    expect(healthcheck.test.join(' ')).toMatch(/\/(readyz|livez)'/);
  }
  expect(postgres.healthcheck.test).toContain('pg_isready -U game -d game');
});

test('they are told nothing that they do not read', () => {
  const known = Object.values({ ...COMMON, ...AUTH, ...SETTINGS }).map(({ name }) => name);
  for (const { environment } of [app, worker]) expect(known).toEqual(expect.arrayContaining(Object.keys(environment)));
});

test('there may be as many workers as are wanted: none has a port or a name of its own', () => {
  expect([worker.ports, worker.container_name]).toEqual([undefined, undefined]);
  expect(app.environment['WORKERS']).toBe('0');
});
