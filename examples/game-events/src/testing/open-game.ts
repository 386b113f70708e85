import { type Auth, HostError, limitInProcess } from '@scorekeep/example-host';
import { type Instrumentation, instrument } from '@scorekeep/observability';
import { connect, type Keep } from '@scorekeep/queue';
import type { FastifyInstance } from 'fastify';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { createGameApp } from '../app.ts';
import { type Pipeline, pipelineOf } from '../pipeline.ts';
import { migrateGame } from '../process/migrate-game.ts';

/** A game on a database of its own, in this process; nothing is processed but by hand. */
export interface Game {
  readonly url: string;
  readonly keep: Keep;
  readonly pipeline: Pipeline;
  readonly app: FastifyInstance;
  /** The answer's JSON. */
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  sql(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** JSON and its status; what is in it is the test's to say. */
interface Answer {
  readonly statusCode: number;
  readonly json: Readonly<Record<string, unknown>>;
}

const AUTH: Auth = {
  routes: () => undefined,
  user: async () => ({ id: 'ann', role: 'user' }),
  async admin({ headers: { authorization } }) {
    if (authorization !== 'Bearer admin') throw new HostError(403, 'FORBIDDEN', 'Only an administrator may do this.');
    return { id: 'ann', role: 'admin' };
  },
};

export const ADMIN = { authorization: 'Bearer admin' } as const;

let telemetry: Instrumentation | undefined;

/** Opens it. Administration is for whoever sends `Authorization: Bearer admin`; sign-in itself is tested with the host. */
export async function openGame({ direct = false }: { direct?: boolean } = {}): Promise<Game> {
  const { url } = await testDatabase();
  telemetry ??= instrument();
  const keep = await connect({ url });
  await migrateGame(keep);
  const pipeline = pipelineOf(keep, { retentionDays: 30 });
  const app = await createGameApp({
    keep,
    pipeline,
    auth: AUTH,
    direct,
    telemetry,
    limit: limitInProcess(1_000_000, 60),
    trustProxy: false,
  });
  const read = ({ statusCode, body }: { statusCode: number; body: string }): Answer => ({
    statusCode,
    json: JSON.parse(body),
  });
  return {
    url,
    keep,
    pipeline,
    app,
    post: async (path, payload, headers = {}) =>
      read(
        await app.inject({
          method: 'POST',
          url: path,
          headers: { 'content-type': 'application/json', ...headers },
          payload: JSON.stringify(payload),
        }),
      ),
    get: async (path, headers = {}) => read(await app.inject({ url: path, headers })),
    sql: (text, values) => keep.transaction(async (tx) => (await tx.query(text, values)).rows),
    async close() {
      await app.close();
      await keep.stop();
    },
  };
}
