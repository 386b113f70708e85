import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { testDatabase } from '../../../tooling/test-database.ts';
import { type Started, startHost } from './start-host.ts';

/** A compose file and what its processes read. */
export interface ComposeFile {
  readonly file: URL;
  /** Every variable that app and worker read, by their own declarations. */
  readonly variables: readonly string[];
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
  readonly deploy?: { readonly replicas: number };
}

type Services = Readonly<Record<'app' | 'worker' | 'postgres', Service>>;

/**
 * Runs what a compose file says as far as that goes without Docker: its structure, its image's instructions, and each
 * process by its own command with its own environment, asked by its own health check.
 */
export function composeContract({ file, variables }: ComposeFile): void {
  const text = readFileSync(file, 'utf8');
  const given = { POSTGRES_PASSWORD: PASSWORD, OTP_DELIVERY: 'response' };
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
      expect([url.username, url.hostname, url.pathname]).toEqual([POSTGRES_USER, 'postgres', `/${POSTGRES_DB}`]);
      expect(app.environment['PGPASSWORD']).toBe(POSTGRES_PASSWORD);
      expect(postgres.healthcheck.test.join(' ')).toContain(`pg_isready -U ${POSTGRES_USER} -d ${POSTGRES_DB}`);
      expect(worker.environment['DATABASE_URL']).toBe(url.href);
    });

    test('starts three workers, as the guide’s does, where nobody says how many', () => {
      expect([app.deploy, worker.deploy]).toEqual([undefined, { replicas: 3 }]);
    });

    test('lets `--scale worker=N` be any number: a worker has no port and no name of its own', () => {
      expect([worker.ports, worker.container_name]).toEqual([undefined, undefined]);
      expect(Number(app.environment['WORKERS'])).toBe(0);
    });

    test('refuses to start without a password, and sets only what is read', () => {
      expect(() => read(text, {})).toThrow('POSTGRES_PASSWORD');
      const known = [...variables, 'PGPASSWORD'];
      for (const { environment } of [app, worker]) {
        expect(Object.keys(environment).filter((name) => !known.includes(name))).toEqual([]);
      }
    });

    test('a variable that is set outside is set inside: none that the host reads is forgotten', () => {
      const outside = Object.fromEntries(variables.map((name) => [name, `the ${name} from outside`]));
      const passed = read(text, { POSTGRES_PASSWORD: PASSWORD, ...outside }).services;
      const kept = (service: Service, own: readonly string[]): string[] =>
        variables.filter((name) => !own.includes(name) && service.environment[name] !== outside[name]);
      expect(kept(passed.app, [...OF_CONTAINERS, 'WORKERS'])).toEqual([]);
      expect(kept(passed.worker, [...OF_CONTAINERS, ...OF_REQUESTS])).toEqual([]);
      expect(passed.app.ports).toEqual([`127.0.0.1:${outside['PORT']}:${app.environment['PORT']}`]);
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

    test('its commands, with its environment and a password with @ and /, serve, and its health checks say so, and say when they do not', async () => {
      const database = await databaseOf(PASSWORD);
      const running: Started[] = [];
      try {
        for (const { command = [], environment, healthcheck } of [app, worker]) {
          expect(command.slice(0, 2)).toEqual(['node', '--conditions=@scorekeep/source']);
          const own = Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)]));
          // What containers have of their own, this machine has once: the database's address, and ports.
          const here = { DATABASE_URL: database.at(String(own['DATABASE_URL'])), PORT: '0', METRICS_PORT: '0' };
          const started = await startHost(new URL(command[2] ?? '', root), { ...own, ...here });
          running.push(started);
          const check = (): Promise<boolean> => healthy(healthcheck.test, environment, started);
          expect(await check()).toBe(true);
          // Whoever reads the log of an app learns that anybody can sign in as anybody.
          expect(started.output().includes('codes_in_answers')).toBe(command === app.command);
          expect(await started.end('SIGTERM')).toBe(0);
          expect(await check()).toBe(false);
        }
      } finally {
        await Promise.all(running.map((one) => one.end('SIGKILL')));
        await database.close();
      }
    });
  });
}

/** Every character that means something in a URL. */
const PASSWORD = 'p@ss/w:rd?#[%40]&=+ 1';

/** What a container has of its own: where things are in it, and that there is a Postgres already. */
const OF_CONTAINERS = ['DATABASE_URL', 'DATA_DIRECTORY', 'HOST', 'PORT', 'METRICS_HOST', 'METRICS_PORT'];

/** What is about requests, which a worker does not take. */
const OF_REQUESTS = ['RATE_LIMIT_PER_MINUTE', 'TRUST_PROXY', 'ADMIN_PHONES', 'OTP_DELIVERY', 'OTP_GATEWAY_URL'];

/** A database of somebody who has this password, and what an address in the file is on this machine. */
async function databaseOf(password: string): Promise<{ at(url: string): string; close(): Promise<void> }> {
  const { href, host, pathname } = new URL((await testDatabase()).url);
  const user = `of_${pathname.slice(1)}`;
  const admin = new pg.Client(href);
  await admin.connect();
  await admin.query(`create role ${user} superuser login password ${pg.escapeLiteral(password)}`);
  return {
    at: (url) => Object.assign(new URL(url), { username: user, host, pathname }).href,
    async close() {
      await admin.query(`drop owned by ${user} cascade; drop role ${user}`);
      await admin.end();
    },
  };
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
