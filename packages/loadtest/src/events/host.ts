/**
 * A host of events as small as can be, in a process of its own: `POST /events` answers receipts after the commit, and a
 * consumer writes a result for each event, in the transaction that moves it on.
 */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { eventType } from '@scorekeep/core/events';
import { connect, eventLog } from '@scorekeep/queue';
import { z } from 'zod';
import { effectiveSettings } from '../database/effective-settings.ts';

const Played = z.object({ user_id: z.string().max(100), n: z.int().min(0), score: z.int().min(0) });
const played = eventType('played', {
  schema: Played,
  subject: (event) => event.user_id,
});
const log = eventLog('loadtest', { types: [played] });
const keep = await connect({ url: process.env['SCOREKEEP_LOADTEST_URL'] });

const effective = await effectiveSettings(keep);

const server = createServer(async (request, response) => {
  const answer = (status: number, body: unknown): void =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  if (request.url === '/health') return answer(200, { status: 'ok' });
  if (request.method !== 'POST' || request.url !== '/events') return answer(404, { error: 'not found' });
  try {
    answer(202, await keep.ingest(log, await text(request)));
  } catch {
    answer(503, { error: 'unavailable' });
  }
});

/** Bytes: what lives on after a collection where it may collect, else what the process has of the system, which comes and goes in steps. */
function held(): number {
  if (globalThis.gc === undefined) return process.memoryUsage.rss();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const stopping = new AbortController();
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => stopping.abort());
process.on('disconnect', () => stopping.abort());
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const tell = (): void => void process.send?.({ port, effective, memory: held() });
  tell();
  setInterval(tell, 1000).unref();
});
while (!stopping.signal.aborted) {
  const handled = await keep.consume(log, 'results', async (tx, events) => {
    const data = events.map((event) => event.data as z.infer<typeof Played>);
    await tx.query(
      `insert into loadtest.result (n, score, recorded_at) select n, score, to_timestamp(at / 1000.0) from unnest($1::int[], $2::int[], $3::float8[]) x(n, score, at)`,
      [data.map((one) => one.n), data.map((one) => one.score), events.map((event) => event.recordedAt)],
    );
  });
  if (handled === 0) await wait(20, undefined, { signal: stopping.signal }).catch(() => undefined);
}
server.closeAllConnections();
server.close();
await keep.stop();
process.disconnect?.();
