/** One process of several: says where it can be scraped, and observes until it is killed. */
import { connect } from '@scorekeep/queue';
import { startTelemetry } from '../node/index.ts';

const telemetry = await startTelemetry({ service: 'instance', intervalSeconds: 1, prometheus: { port: 0 } });
await connect({ url: process.env['INSTANCE_URL'], poolSize: 2 });
process.stdout.write(`${telemetry.url}\n`);
