/**
 * The consumer of a peer: handles so many jobs or messages, one for each event, and says when it is done. pg-boss has the
 * effect of our folds, by the thousand in one transaction with its acknowledgement; BullMQ and RabbitMQ have no effect at all.
 */
import amqp from 'amqplib';
import { Worker } from 'bullmq';
import { PgBoss } from 'pg-boss';
import type { SentEvent } from '../ingest/events.ts';

const [peer = '', place = '', count = ''] = process.argv.slice(2);
let left = Number(count);
const handled = (n: number): void => {
  left -= n;
  if (left <= 0) process.stdout.write('done\n');
};

/** One upsert for all, as a host would write it. */
const UPSERT = `insert into peer_total as t select user_id, sum(score), count(*), max(score), sum(coins) from unnest($1::text[], $2::int[], $3::int[]) as e (user_id, score, coins)
  group by user_id order by user_id
  on conflict (user_id) do update set total = t.total + excluded.total, games = t.games + excluded.games, best = greatest(t.best, excluded.best), coins = t.coins + excluded.coins`;

const consumers: Readonly<Record<string, () => Promise<unknown>>> = {
  async 'pg-boss'() {
    const boss = new PgBoss({ connectionString: place, schema: 'peer', useListenNotify: true, max: 5 });
    boss.on('error', () => undefined);
    await boss.start();
    const options = { batchSize: 1000, transactional: true, burstWhenBatchFull: true, localConcurrency: 2 } as const;
    await boss.work(
      'event',
      { ...options, pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 0.5 },
      async (jobs, tx) => {
        const data = jobs.map((job) => (job.data as SentEvent).data);
        await tx.executeSql(UPSERT, [
          data.map(({ user_id }) => user_id),
          data.map(({ score }) => score),
          data.map(({ coins_collected }) => coins_collected),
        ]);
        handled(jobs.length);
      },
    );
  },
  async bullmq() {
    const connection = { host: '127.0.0.1', port: Number(place) };
    const worker = new Worker('event', async () => handled(1), { connection, concurrency: 100 });
    await worker.waitUntilReady();
  },
  async rabbitmq() {
    const connection = await amqp.connect(place);
    const channel = await connection.createChannel();
    await channel.prefetch(1000);
    await channel.consume('event', (message) => {
      if (message === null) return;
      channel.ack(message);
      handled(1);
    });
  },
};

await consumers[peer]?.();
process.stdout.write('ready\n');
