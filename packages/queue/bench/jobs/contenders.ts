import amqp from 'amqplib';
import { Queue, Worker } from 'bullmq';
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { connect, type Job, job } from '../../src/index.ts';
import { type Contender, INSERT, type Payload, WORKERS } from './contender.ts';

const poolOf = (url: string): pg.Pool => new pg.Pool({ connectionString: url, max: WORKERS + 2 });
const insert = (pool: pg.Pool, { n }: Payload): Promise<unknown> =>
  pool.query({ name: 'effect', text: INSERT, values: [n] });

async function query(url: string, statement: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

/** Whether done jobs are kept for a week, or deleted, as every other queue but pg-boss does here. */
type Done = 'kept' | 'deleted';
const keeping = (done: Done): { keepSeconds?: 0 } => (done === 'kept' ? {} : { keepSeconds: 0 });

/** Ours, one job to a transaction, or many. */
export async function ours(url: string, batch: number, done: Done): Promise<Contender> {
  const score = job<Payload>(`score${batch}.${done}`, {
    batch,
    workers: WORKERS,
    ...keeping(done),
    run: ({ n }, { tx }) => tx.query({ name: 'effect', text: INSERT, values: [n] }),
  });
  return contend(url, `scorekeep, batch ${batch}, ${done}`, score);
}

/** Ours, with a handler for a set of jobs: one statement writes the rows of all. */
export async function oursAsSet(url: string, batch: number, done: Done): Promise<Contender> {
  const score = job<Payload>(`set${batch}.${done}`, {
    batch,
    workers: WORKERS,
    ...keeping(done),
    async runBatch(payloads, { tx }) {
      const text = 'insert into effect (n) select unnest($1::int[])';
      await tx.query({ name: 'effects', text, values: [payloads.map(({ n }) => n)] });
    },
  });
  return contend(url, `scorekeep, set of ${batch}, ${done}`, score);
}

async function contend(url: string, name: string, score: Job<Payload>): Promise<Contender> {
  const keep = await connect({ url, poolSize: WORKERS + 5 });
  return {
    name,
    enqueueAll: (jobs) => keep.enqueueAll(score, jobs),
    enqueue: (one) => keep.enqueue(score, one),
    async work() {
      const worker = await connect({ url, poolSize: WORKERS + 5 });
      await worker.start({ jobs: [score] });
      return () => worker.stop();
    },
    clear: () => query(url, `delete from scorekeep_jobs.job where name = '${score.queue}' and state < 'active'`),
    close: () => keep.stop(),
  };
}

/** pg-boss's own `work()`: as it comes, or with its batches and notices on. */
export async function pgBoss(url: string, batch: number): Promise<Contender> {
  const options = { connectionString: url, schema: 'plain', useListenNotify: true, supervise: false, schedule: false };
  const boss = new PgBoss({ ...options, max: WORKERS });
  boss.on('error', () => undefined);
  await boss.start();
  await boss.createQueue('score', { notify: true });
  return {
    name: `pg-boss work(), batch ${batch}`,
    enqueueAll: (jobs) =>
      boss.insert(
        'score',
        jobs.map((data) => ({ data })),
      ),
    enqueue: (one) => boss.send('score', one),
    async work() {
      const pool = poolOf(url);
      const worker = new PgBoss({ ...options, max: WORKERS + 2 });
      worker.on('error', () => undefined);
      await worker.start();
      const polling = {
        pollingIntervalSeconds: 0.5,
        // Its default with notices is 30, which would leave a backlog lying for that long.
        notifyPollingIntervalSeconds: 0.5,
        burstWhenBatchFull: true,
        localConcurrency: WORKERS,
        batchSize: batch,
      };
      await worker.work<Payload>('score', polling, async (jobs) => {
        for (const { data } of jobs) await insert(pool, data);
      });
      return async () => {
        await worker.stop({ graceful: false });
        await pool.end();
      };
    },
    clear: () => boss.deleteAllJobs('score'),
    close: () => boss.stop({ graceful: false }),
  };
}

/** graphile-worker, with its local queue off, as it comes. */
export async function graphile(url: string): Promise<Contender> {
  const silent = new Logger(() => () => undefined);
  const utils = await makeWorkerUtils({ connectionString: url, logger: silent });
  await utils.migrate();
  return {
    name: 'graphile-worker',
    enqueueAll: (jobs) => utils.addJobs(jobs.map((one) => ({ identifier: 'score', payload: one }))),
    enqueue: (one) => utils.addJob('score', one),
    async work() {
      const pool = poolOf(url);
      const runner = await run({
        connectionString: url,
        concurrency: WORKERS,
        noHandleSignals: true,
        logger: silent,
        taskList: { score: async (one) => void (await insert(pool, one as Payload)) },
      });
      return async () => {
        await runner.stop();
        await pool.end();
      };
    },
    clear: () => query(url, 'truncate graphile_worker._private_jobs'),
    close: async () => utils.release(),
  };
}

/** BullMQ on a Redis whose append-only file is synced as its name says. */
export async function bullmq(
  url: string,
  redis: { port: number; sync: string },
  { concurrency = WORKERS } = {},
): Promise<Contender> {
  const connection = { host: '127.0.0.1', port: redis.port };
  const queue = new Queue<Payload>('score', { connection });
  await queue.waitUntilReady();
  return {
    name: `BullMQ, AOF ${redis.sync}`,
    enqueueAll: (jobs) =>
      queue.addBulk(jobs.map((data) => ({ name: 'score', data, opts: { removeOnComplete: true } }))),
    enqueue: (data) => queue.add('score', data, { removeOnComplete: true }),
    async work() {
      const pool = poolOf(url);
      const worker = new Worker<Payload>('score', ({ data }) => insert(pool, data), {
        connection,
        concurrency,
      });
      await worker.waitUntilReady();
      return async () => {
        await worker.close();
        await pool.end();
      };
    },
    clear: () => queue.drain(true),
    close: () => queue.close(),
  };
}

/** RabbitMQ: a durable quorum queue, persistent messages, publisher confirms, manual acknowledgements. */
export async function rabbit(url: string, broker: string, { prefetch = WORKERS } = {}): Promise<Contender> {
  const connection = await amqp.connect(broker);
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue('score', { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  const publish = (one: Payload): boolean =>
    channel.sendToQueue('score', Buffer.from(JSON.stringify(one)), { persistent: true });
  return {
    name: 'RabbitMQ, confirms',
    async enqueueAll(jobs) {
      for (const one of jobs) publish(one);
      await channel.waitForConfirms();
    },
    async enqueue(one) {
      publish(one);
      await channel.waitForConfirms();
    },
    async work() {
      const pool = poolOf(url);
      const consumer = await connection.createChannel();
      await consumer.prefetch(prefetch);
      await consumer.consume('score', (message) => {
        if (message === null) return;
        void insert(pool, JSON.parse(message.content.toString()) as Payload).then(() => consumer.ack(message));
      });
      return async () => {
        await consumer.close();
        await pool.end();
      };
    },
    clear: () => channel.purgeQueue('score'),
    close: () => connection.close(),
  };
}
