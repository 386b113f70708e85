/** One process of several: says where it can be scraped, and observes until it is killed. */
import { connect } from '@scorekeep/queue';
import { startTelemetry } from '../node/index.ts';

const intervalSeconds = Number(process.env['INSTANCE_SECONDS']);
const telemetry = await startTelemetry({ service: 'instance', intervalSeconds, prometheus: { port: 0 } });
await connect({ url: process.env['INSTANCE_URL'], poolSize: 2 });
process.stdout.write(`${telemetry.url}\n`);
