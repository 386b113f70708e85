/** The host that the HTTP cases of `npm run bench -- ingest` load: an echo of JSON, and events to receipts. */
import fastify from 'fastify';
import { connect } from '../../src/index.ts';
import { benchLog } from './events.ts';

const keep = await connect({ url: process.argv[2], migrate: false });
const app = fastify({ bodyLimit: 16 * 2 ** 20 });
app.post('/echo', (request) => request.body);
app.post('/events', async (request, reply) => reply.code(202).send(await keep.ingest(benchLog, request.body)));
const address = await app.listen({ host: '127.0.0.1', port: 0 });
process.once('SIGTERM', () => void app.close().then(() => keep.stop()));
process.stdout.write(`${address}\n`);
