import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { testDatabase } from '../../../tooling/test-database.ts';
import { type Started, startHost } from './start-host.ts';

/** A compose file and what its processes read. */
export interface ComposeFile {
  readonly file: URL;
  /** Every variable that app and worker read. */
  readonly variables: readonly string[];
  /** Those that can be set from outside, as the guide sets them. */
  readonly fromOutside: readonly string[];
}

interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile?: string; readonly dockerfile_inline?: string };
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string | number>>;
  readonly healthcheck: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly ports?: readonly string[];
  readonly container_name?: string;
}

type Services = Readonly<Record<'app' | 'worker' | 'postgres', Service>>;

/**
 * Runs what a compose file says as far as that goes without Docker: its structure, its image's instructions, and each
 * process by its own command with its own environment, asked by its own health check.
 */
export function composeContract({ file, variables, fromOutside }: ComposeFile): void {
  const text = readFileSync(file, 'utf8');
  const given = { POSTGRES_PASSWORD: 'secret', OTP_DELIVERY: 'response' };
  const { services } = read(text, given);
  const { app, worker, postgres } = services;
  const root = new URL('../../../', import.meta.url);

  describe('compose.yaml', () => {
    test('has app, worker and Postgres, each with a health check, and waits for a healthy Postgres', () => {
      expect(Object.keys(services).sort()).toEqual(['app', 'postgres', 'worker']);
      for (const { depends_on } of [app, worker])
        expect(depends_on).toEqual({ postgres: { condition: 'service_healthy' } });
      const url = new URL(String(app.environment['DATABASE_URL']));
      const { POSTGRES_USER = 'postgres', POSTGRES_PASSWORD, POSTGRES_DB } = postgres.environment;
      expect([url.username, url.password, url.hostname, url.pathname]).toEqual([
        POSTGRES_USER,
        POSTGRES_PASSWORD,
        'postgres',
        `/${POSTGRES_DB}`,
      ]);
      expect(postgres.healthcheck.test.join(' ')).toContain(`pg_isready -U ${POSTGRES_USER} -d ${POSTGRES_DB}`);
      expect(worker.environment['DATABASE_URL']).toBe(url.href);
    });

    test('lets `--scale worker=N` be any number: a worker has no port and no name of its own', () => {
      expect([worker.ports, worker.container_name]).toEqual([undefined, undefined]);
      expect(Number(app.environment['WORKERS'])).toBe(0);
    });

    test('refuses to start without a password, sets only what is read, and takes the guide’s names from outside', () => {
      expect(() => read(text, {})).toThrow('POSTGRES_PASSWORD');
      for (const { environment } of [app, worker])
        expect(variables).toEqual(expect.arrayContaining(Object.keys(environment)));
      for (const name of fromOutside) expect(text).toContain(`${name}: \${${name}:-`);
    });

    test('builds an image of what is there: every file that is copied or run, and every script', () => {
      for (const { build } of [app, worker]) {
        const lines = instructionsOf(build, file);
        expect(lines[0]).toMatch(/^FROM node:(\d+)-slim$/);
        expect(lines).toContain('COPY . .');
        expect(lines).toContain('USER node');
        const installs = lines.filter((line) => line.startsWith('RUN '));
        const { scripts, packageManager } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
          scripts: Record<string, string>;
          packageManager: string;
        };
        const [, script] = /npm run -s (\S+)/.exec(installs.join()) ?? [];
        const command = script === undefined ? installs.join() : scripts[script];
        expect(command).toContain(`npx -y ${packageManager} install --frozen-lockfile`);
        expect(new URL(build?.context ?? '', file).href).toBe(root.href);
      }
      expect(readFileSync(new URL('.dockerignore', root), 'utf8').split('\n')).toContain('**/node_modules');
      for (const { command } of [app, worker]) expect(existsSync(new URL(command?.at(-1) ?? '?', root))).toBe(true);
    });

    test('its commands, with its environment, serve, and its health checks say so, and say when they do not', async () => {
      const { url } = await testDatabase();
      const running: Started[] = [];
      try {
        for (const { command = [], environment, healthcheck } of [app, worker]) {
          expect(command.slice(0, 2)).toEqual(['node', '--conditions=@scorekeep/source']);
          const own = Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)]));
          // What containers have of their own, this machine has once: the database's address, and ports.
          const ports = { DATABASE_URL: url, PORT: '0', METRICS_PORT: '0' };
          const started = await startHost(new URL(command[2] ?? '', root), { ...own, ...ports });
          running.push(started);
          const check = (): Promise<boolean> => healthy(healthcheck.test, environment, started);
          expect(await check()).toBe(true);
          expect(await started.end('SIGTERM')).toBe(0);
          expect(await check()).toBe(false);
        }
      } finally {
        await Promise.all(running.map((one) => one.end('SIGKILL')));
      }
    });
  });
}

/** Reads it as compose does: YAML first, then the variables in it. */
function read(text: string, given: Readonly<Record<string, string>>): { readonly services: Services } {
  const fill = (_: unknown, value: unknown): unknown => (typeof value === 'string' ? interpolate(value, given) : value);
  return parse(text, fill, { merge: true }) as { services: Services };
}

/** The text with `${NAME:-otherwise}` and `${NAME:?message}` filled in, as compose does it. */
function interpolate(text: string, given: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{(\w+):([-?])([^}]*)\}/g, (_, name: string, kind: string, rest: string) => {
    const value = given[name];
    if (value === undefined && kind === '?') throw new Error(`${name}: ${rest}`);
    return value ?? rest;
  });
}

function instructionsOf(build: Service['build'], file: URL): string[] {
  const { context = '', dockerfile = '', dockerfile_inline } = build ?? {};
  const text = dockerfile_inline ?? readFileSync(new URL(`${context}/${dockerfile}`, file), 'utf8');
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

/** Runs a health check of the form `CMD node -e …` against a process that serves on other ports than in its container. */
async function healthy(
  test: readonly string[],
  environment: Service['environment'],
  started: Started,
): Promise<boolean> {
  const [kind, program, flag, script = ''] = test;
  expect([kind, program, flag]).toEqual(['CMD', 'node', '-e']);
  const [, port = ''] = /127\.0\.0\.1:(\d+)\//.exec(script) ?? [];
  const served = { [String(environment['METRICS_PORT'])]: started.metrics, [String(environment['PORT'])]: started.url };
  expect(Object.keys(served)).toContain(port);
  const here = script.replace(`http://127.0.0.1:${port}`, served[port] ?? '');
  return promisify(execFile)(process.execPath, ['-e', here], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
  }).then(
    () => true,
    () => false,
  );
}
