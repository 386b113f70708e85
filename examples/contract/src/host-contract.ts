import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '../../../tooling/test-database.ts';
import { type Death, deathPoints } from './death.ts';
import { ask, type Started, startHost } from './start-host.ts';
import { within } from './within.ts';

/** A host as the contract sees it. */
export interface Host {
  readonly name: string;
  /** Serves HTTP, and starts a Postgres for itself where it is given none. */
  readonly main: URL;
  /** Works, without HTTP. */
  readonly worker: URL;
  /** What its processes need beside a database. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Hands in facts over HTTP; how many were acknowledged. Called again it hands in others. */
  readonly handIn: (app: Started, round: number) => Promise<number>;
  /** Asks for what was handed in to be processed, where that does not happen by itself. */
  readonly process?: (app: Started, database: pg.Pool) => Promise<unknown>;
  /** The statements that keep a fact and that write what was made of facts, as regular expressions. */
  readonly statements: Readonly<Record<'app' | 'worker', string>>;
  /** What became of all that was acknowledged, row by row, counted by SQL that shares no code with the host. */
  readonly judge: (database: pg.Pool) => Promise<Judgement>;
  /** Requests that must be refused, each with its status and code; the app runs. */
  readonly badRequests: (app: Started) => Promise<readonly BadRequest[]>;
  /** Environment with which the same program declares a newer version of its rules or facts, and its judge. */
  readonly newer: {
    readonly environment: Readonly<Record<string, string>>;
    /** Facts that only the newer version knows, where there are such. */
    readonly handIn?: Host['handIn'];
    readonly judge: (database: pg.Pool) => Promise<Judgement>;
  };
  /** Texts that were sent in and must be in no output. */
  readonly secrets: readonly string[];
}

/** Facts by what became of them. */
export interface Judgement {
  readonly acknowledged: number;
  /** Not processed yet. */
  readonly pending: number;
  readonly lost: number;
  /** Whose effect was applied more than once. */
  readonly double: number;
  /** Whose effect is not the right one. */
  readonly wrong: number;
}

/** A request that a host must refuse. */
export interface BadRequest {
  readonly what: string;
  readonly method?: string;
  readonly path: string;
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly code: string;
}

/** Runs the contract against a host: real processes, a real Postgres. */
export function hostContract(host: Host): void {
  const running: Started[] = [];
  const start = async (
    script: URL,
    environment: Readonly<Record<string, string>> = {},
    death?: Death,
  ): Promise<Started> => {
    const started = await startHost(script, { ...host.environment, ...environment }, death);
    running.push(started);
    return started;
  };
  afterEach(async () => {
    await Promise.all(running.splice(0).map((one) => one.end('SIGKILL')));
  });

  describe(`${host.name}: one command`, () => {
    test('starts it on a Postgres of its own, and SIGTERM ends both', async () => {
      const app = await start(host.main);
      expect(app.embedded).toBe(true);
      expect((await ask(`${app.url}/readyz`)).status).toBe(200);
      expect(await host.handIn(app, 0)).toBeGreaterThan(0);
      expect(await app.end('SIGTERM')).toBe(0);
    });

    test('ends with code 2 when its environment cannot be used, and names every variable but no value', async () => {
      const bad = {
        PORT: '70000',
        DATABASE_URL: 'mysql://somebody:hunter2@localhost/x',
        DATABASE_POOL_SIZE: 'many',
      };
      const refused = await start(host.main, bad).catch((error: Error) => error.message);
      expect(refused).toContain('ended with 2');
      for (const name of Object.keys(bad)) expect(refused).toContain(`${name} must `);
      expect(refused).not.toContain('hunter2');
    });

    test('ends with code 2 when its database does not answer, and says what to set instead of a stack', async () => {
      const nobody = { DATABASE_URL: 'postgres://somebody:hunter2@127.0.0.1:1/x', OTP_DELIVERY: 'response' };
      for (const script of [host.main, host.worker]) {
        const refused = await start(script, nobody).catch((error: Error) => error.message);
        expect(refused).toContain('ended with 2');
        expect(refused).toContain('DATABASE_URL names a Postgres that does not let us in (ECONNREFUSED).');
        expect(refused).not.toMatch(/hunter2|^ +at /m);
      }
    });
  });

  describe(`${host.name}: on a Postgres`, () => {
    let url: string;
    let database: pg.Pool;
    const begin = (script: URL, environment: Readonly<Record<string, string>> = {}, death?: Death): Promise<Started> =>
      start(script, { DATABASE_URL: url, OTP_DELIVERY: 'response', ...environment }, death);
    /** How a process ended that was to die, before it was ready or after. */
    const deathOf = (script: URL, death: Death): Promise<string> =>
      begin(script, {}, death).then(
        async ({ ended }) => String(await ended),
        (error: Error) => error.message,
      );

    beforeAll(async () => {
      url = (await testDatabase()).url;
      database = new pg.Pool({ connectionString: url, max: 2 });
    });
    afterAll(() => database.end());

    test('answers for its health, tells its metrics, and refuses what is bad with a code and safe headers', async () => {
      const app = await begin(host.main);
      for (const path of ['/livez', '/readyz', '/startupz']) {
        expect((await ask(`${app.url}${path}`)).status).toBe(200);
        expect((await ask(`${app.metrics}${path}`)).status).toBe(200);
      }
      const { body: metrics } = await ask(`${app.metrics}/metrics`);
      expect(metrics).toContain('scorekeep_snapshot_age');
      expect((await ask(`${app.url}/metrics`)).status, 'metrics are not for everybody').toBe(404);

      const bad = [...COMMON_BAD_REQUESTS(host.name), ...(await host.badRequests(app))];
      for (const { what, path, status, code, ...request } of bad) {
        const answer = await ask(`${app.url}${path}`, request);
        expect({ what, status: answer.status, body: answer.body }).toEqual({
          what,
          status,
          body: expect.objectContaining({ statusCode: status, code, message: expect.any(String) }),
        });
        assertSafe(answer.headers);
      }
      assertSafe((await ask(`${app.url}/`)).headers);
      const told = await Promise.all(
        ['/metrics', '/healthz'].map(async (path) => JSON.stringify((await ask(`${app.metrics}${path}`)).body)),
      );
      expect(await app.end('SIGTERM')).toBe(0);
      for (const secret of host.secrets) {
        for (const emitted of [...told, app.output()]) expect(emitted).not.toContain(secret);
      }
    });

    test('told to stop amid requests, it ends with 0 and has kept every one that it answered', async () => {
      const app = await begin(host.main);
      const before = (await host.judge(database)).acknowledged;
      const handed = Promise.allSettled(Array.from({ length: 5 }, (_, round) => host.handIn(app, 1 + round)));
      await once(async () => (await host.judge(database)).acknowledged > before);
      expect(await app.end('SIGTERM')).toBe(0);
      const answered = (await handed).reduce((sum, one) => sum + (one.status === 'fulfilled' ? one.value : 0), 0);
      expect((await host.judge(database)).acknowledged).toBeGreaterThanOrEqual(before + answered);
    });

    test('killed at any moment, app and workers, it loses nothing and does nothing twice', async () => {
      const apps = [await begin(host.main, { WORKERS: '0' })];
      const workers = await Promise.all([begin(host.worker), begin(host.worker)]);
      const handed = await host.handIn(apps[0] as Started, 10);
      await host.process?.(apps[0] as Started, database);
      await Promise.all([workers[0]?.end('SIGKILL'), apps[0]?.end('SIGKILL')]);
      const again = await begin(host.main, { WORKERS: '0' });
      await host.handIn(again, 11);
      await host.process?.(again, database);
      await workers[1]?.end('SIGKILL');
      await begin(host.worker);
      await once(async () => (await host.judge(database)).pending === 0);
      const { acknowledged, ...rest } = await host.judge(database);
      expect(acknowledged).toBeGreaterThan(handed);
      expect(rest).toEqual({ pending: 0, lost: 0, double: 0, wrong: 0 });
    });

    test('with a pool smaller than it needs it ends with the least that it takes, and with that it does all its work', async () => {
      const refused = await begin(host.worker, { DATABASE_POOL_SIZE: '1' }).catch((error: Error) => error.message);
      expect(refused).toContain('ended with 2');
      const [, least = ''] = /DATABASE_POOL_SIZE must be a whole number from (\d+) /.exec(String(refused)) ?? [];
      const small = { DATABASE_POOL_SIZE: least };
      const [app] = await Promise.all([begin(host.main, { WORKERS: '0', ...small }), begin(host.worker, small)]);
      const before = (await host.judge(database)).acknowledged;
      expect(await host.handIn(app, 15)).toBeGreaterThan(0);
      await host.process?.(app, database);
      await once(async () => (await host.judge(database)).pending === 0);
      const { acknowledged, ...rest } = await host.judge(database);
      expect(acknowledged).toBeGreaterThan(before);
      expect(rest).toEqual({ pending: 0, lost: 0, double: 0, wrong: 0 });
    });

    let round = 100;
    test.each(deathPoints(SEED))(
      `killed $moment number $nth, the $who loses nothing and does nothing twice (seed ${SEED})`,
      async ({ who, moment, nth }) => {
        const death = { statement: host.statements[who], moment, nth };
        const first = await begin(host.main, { WORKERS: '0' }, who === 'app' ? death : undefined);
        const before = (await host.judge(database)).acknowledged;
        let handed = 0;
        if (who === 'app') {
          let dead = false;
          const ended = first.ended.finally(() => {
            dead = true;
          });
          for (const last = round + ROUNDS_MAX; !dead && round < last; ) handed += await host.handIn(first, round++);
          // Its sockets close before it has ended, and until then rounds are refused as fast as they are asked.
          expect(await within(60, 'the app to die', ended)).toBe('SIGKILL');
        }
        const app = who === 'app' ? await begin(host.main, { WORKERS: '0' }) : first;
        handed += await host.handIn(app, round++);
        await host.process?.(app, database);
        if (who === 'worker') expect(await deathOf(host.worker, death)).toContain('SIGKILL');
        await begin(host.worker);
        await once(async () => (await host.judge(database)).pending === 0);
        const { acknowledged, ...rest } = await host.judge(database);
        expect(acknowledged).toBeGreaterThanOrEqual(before + handed);
        expect(rest).toEqual({ pending: 0, lost: 0, double: 0, wrong: 0 });
      },
    );

    test('an old and a new version work side by side on one database, and the new one takes over', async () => {
      const [old, newer] = [await begin(host.main), await begin(host.main, host.newer.environment)];
      const handInNewer = host.newer.handIn ?? host.handIn;
      const handed = (await host.handIn(old, 20)) + (await handInNewer(newer, 21));
      for (const app of [old, newer]) await host.process?.(app, database);
      for (const judge of [host.judge, host.newer.judge]) {
        await once(async () => (await judge(database)).pending === 0);
        expect(await judge(database)).toMatchObject({ pending: 0, lost: 0, double: 0, wrong: 0 });
      }
      for (const app of [old, newer]) expect((await ask(`${app.url}/readyz`)).status).toBe(200);
      const { acknowledged } = await host.newer.judge(database);
      expect(acknowledged).toBeGreaterThanOrEqual(handed);

      expect(await old.end('SIGTERM')).toBe(0);
      const more = await handInNewer(newer, 22);
      expect(more).toBeGreaterThan(0);
      await host.process?.(newer, database);
      await once(async () => (await host.newer.judge(database)).pending === 0);
      const after = { acknowledged: acknowledged + more, pending: 0, lost: 0, double: 0, wrong: 0 };
      expect(await host.newer.judge(database)).toEqual(after);
      expect(await newer.end('SIGTERM')).toBe(0);
    });
  });
}

/** Of the moments of death: another one is other moments, and `CONTRACT_SEED` gives it. */
const SEED = Number(process.env['CONTRACT_SEED'] ?? 1);
/** Far more than an app needs to keep as many facts as it is to die at. */
const ROUNDS_MAX = 20;

/** What no host takes, whatever it is. */
const COMMON_BAD_REQUESTS = (name: string): readonly BadRequest[] => [
  { what: 'a path that is not there', path: `/${name}/nothing-here`, status: 404, code: 'NOT_FOUND' },
  { what: 'a path that cannot be decoded', path: '/%E0%A4%A', status: 400, code: 'REQUEST_INVALID' },
  { what: 'a key that is given twice', path: '/?limit=1&limit=2', status: 400, code: 'INPUT_INVALID' },
];

function assertSafe(headers: Headers): void {
  expect(Object.fromEntries(headers)).toMatchObject({
    'content-security-policy': expect.stringContaining("default-src 'self'"),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'SAMEORIGIN',
    'referrer-policy': 'no-referrer',
  });
  expect(headers.has('x-powered-by')).toBe(false);
}

/** Waits for a state; the ceiling is the test's own. */
async function once(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
}

const POLL_MS = 50;
