import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { type Contender, payload } from '../jobs/contender.ts';
import { bullmq, rabbit } from '../jobs/contenders.ts';
import { startRabbit } from '../jobs/rabbit.ts';
import { startRedis } from '../redis.ts';

/** The design that the pipeline replaces: one message and one INSERT for each prediction. */
export interface Peers {
  /** What could not be measured, because its server is not installed. */
  readonly missing: readonly string[];
  /** Each peer's name, and its predictions per second from the first message to the last committed row. */
  measure(): Promise<ReadonlyMap<string, number>>;
  stop(): Promise<void>;
}

/** What guides set for bulk work: messages that a consumer may have in hand. */
const PREFETCH = 100;

/** Starts the brokers that are installed, and connects to them. */
export async function startPeers(url: string, messages: number): Promise<Peers> {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  await pool.query('create table effect (n int not null)');
  const [redis, broker] = [await startRedis('everysec'), await startRabbit()];
  const contenders: Contender[] = [];
  if (redis !== undefined) contenders.push(await bullmq(url, redis, { concurrency: PREFETCH }));
  if (broker !== undefined) contenders.push(await rabbit(url, broker.url, { prefetch: PREFETCH }));
  return {
    missing: [...(redis === undefined ? ['redis-server'] : []), ...(broker === undefined ? ['rabbitmq-server'] : [])],
    async measure() {
      const rates = new Map<string, number>();
      for (const contender of contenders) rates.set(contender.name, await rateOf(contender, pool, messages));
      return rates;
    },
    async stop() {
      for (const contender of contenders) await contender.close();
      await redis?.stop();
      await broker?.stop();
      await pool.end();
    },
  };
}

async function rateOf(contender: Contender, pool: pg.Pool, messages: number): Promise<number> {
  await pool.query('truncate effect');
  const jobs = Array.from({ length: messages }, (_, n) => payload(n));
  const start = performance.now();
  const stop = await contender.work();
  for (let i = 0; i < messages; i += 1_000) await contender.enqueueAll(jobs.slice(i, i + 1_000));
  for (;;) {
    const { rows } = await pool.query('select count(*)::int as count from effect');
    if (rows[0].count >= messages) break;
    await wait(10);
  }
  const rate = messages / ((performance.now() - start) / 1_000);
  await stop();
  return rate;
}
