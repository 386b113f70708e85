import amqp from 'amqplib';
import { Queue } from 'bullmq';
import { PgBoss } from 'pg-boss';
import type { SentEvent } from '../ingest/events.ts';
import { startRabbit } from '../jobs/rabbit.ts';
import { startRedis } from '../redis.ts';

/** A queue that gets one job or message for each event. */
export interface Peer {
  readonly name: string;
  /** Where its consumer finds it. */
  readonly place: string;
  /** Enqueues events at once and resolves when they are safe. */
  send(events: readonly SentEvent[]): Promise<unknown>;
  clear(): Promise<unknown>;
  stop(): Promise<unknown>;
}

/** Starts the peers that are installed, and names those that are not. */
export async function startPeers(
  url: string,
): Promise<{ readonly peers: readonly Peer[]; readonly missing: string[] }> {
  const found: readonly (Peer | string)[] = [await pgBoss(url), await bullmq(), await rabbitmq()];
  return {
    peers: found.filter((one) => typeof one !== 'string'),
    missing: found.filter((one) => typeof one === 'string'),
  };
}

async function pgBoss(url: string): Promise<Peer> {
  const boss = new PgBoss({ connectionString: url, schema: 'peer', useListenNotify: true, supervise: false, max: 4 });
  boss.on('error', () => undefined);
  await boss.start();
  await boss.createQueue('event', { notify: true });
  return {
    name: 'pg-boss',
    place: url,
    send: (events) =>
      boss.insert(
        'event',
        events.map((data) => ({ data })),
      ),
    clear: () => boss.deleteAllJobs('event'),
    stop: () => boss.stop({ graceful: false }),
  };
}

async function bullmq(): Promise<Peer | string> {
  const redis = await startRedis('everysec');
  if (redis === undefined) return 'redis-server';
  const queue = new Queue<SentEvent>('event', { connection: { host: '127.0.0.1', port: redis.port } });
  await queue.waitUntilReady();
  return {
    name: 'bullmq',
    place: String(redis.port),
    send: (events) => queue.addBulk(events.map((data) => ({ name: 'event', data, opts: { removeOnComplete: true } }))),
    clear: () => queue.drain(true),
    async stop() {
      await queue.close();
      await redis.stop();
    },
  };
}

async function rabbitmq(): Promise<Peer | string> {
  const broker = process.env['RABBITMQ_URL'] === undefined ? await startRabbit() : undefined;
  const place = process.env['RABBITMQ_URL'] ?? broker?.url;
  if (place === undefined) return 'rabbitmq-server';
  const connection = await amqp.connect(place);
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue('event', { durable: true });
  return {
    name: 'rabbitmq',
    place,
    async send(events) {
      for (const event of events)
        channel.sendToQueue('event', Buffer.from(JSON.stringify(event)), { persistent: true });
      await channel.waitForConfirms();
    },
    clear: () => channel.purgeQueue('event'),
    async stop() {
      await connection.close();
      await broker?.stop();
    },
  };
}

/**
 * Sends what callers hand in together, two groups of at most 500 at a time, as ingest does: a peer is not to lose by being
 * called once per event.
 */
export function grouped(send: Peer['send']): (event: SentEvent) => Promise<void> {
  let waiting: { event: SentEvent; resolve: () => void; reject: (error: unknown) => void }[] = [];
  let busy = 0;
  const pump = (): void => {
    if (busy === 2 || waiting.length === 0) return;
    const group = waiting.slice(0, 500);
    waiting = waiting.slice(500);
    busy++;
    send(group.map(({ event }) => event))
      .then(
        () => {
          for (const one of group) one.resolve();
        },
        (error: unknown) => {
          for (const one of group) one.reject(error);
        },
      )
      .finally(() => {
        busy--;
        pump();
      });
  };
  return (event) =>
    new Promise((resolve, reject) => {
      waiting.push({ event, resolve, reject });
      setImmediate(pump);
    });
}
