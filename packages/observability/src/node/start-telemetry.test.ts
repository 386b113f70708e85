import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterEach, expect, test, vi } from 'vitest';
import type { LogLine } from '../index.ts';
import { startTelemetry, type Telemetry } from './index.ts';

let telemetry: Telemetry | undefined;
let server: Server | undefined;
afterEach(async () => {
  await telemetry?.shutdown();
  telemetry = undefined;
  server?.closeAllConnections();
  server?.close();
  vi.unstubAllEnvs();
});

test('a URL of a collector that cannot be used is refused without its password, and nothing is left of the start', async () => {
  for (const url of [
    'http//ann:hunter2@collector:4318',
    'ftp://ann:hunter2@collector',
    'http://ann:hunter2@:4318',
    ':',
  ]) {
    const refused = await startTelemetry({ service: 'test', otlp: { url } }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'DEFINITION_INVALID' });
    expect((refused as Error).stack).not.toContain('hunter2');
  }
  telemetry = await startTelemetry({ service: 'test' });
});

test('an empty OTEL_EXPORTER_OTLP_ENDPOINT is none', async () => {
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', '');
  telemetry = await startTelemetry({ service: 'test' });
});

test('a start that fails, for its port is taken, leaves nothing behind: the next one works', async () => {
  const { port } = await serve(() => undefined);
  await expect(startTelemetry({ service: 'test', prometheus: { port } })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  telemetry = await startTelemetry({ service: 'test', prometheus: { port: 0 } });
  expect((await fetch(`${telemetry.url}/livez`)).status).toBe(200);
});

test('an SDK that the host has registered is neither replaced in silence nor ended', async () => {
  const exporter = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
  await expect(startTelemetry({ service: 'test' })).rejects.toMatchObject({ code: 'ALREADY_STARTED' });
  trace.getTracer('host').startSpan('still here').end();
  expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['still here']);
  trace.disable();
});

test('a collector that refuses is told of by a code, and fails neither a flush nor the end', async () => {
  const { port } = await serve((_, response) => response.writeHead(400).end('no hunter2 here'));
  const lines: LogLine[] = [];
  const url = `http://ann:hunter2@127.0.0.1:${port}`;
  telemetry = await startTelemetry({
    service: 'test',
    sample: 1,
    log: (line) => lines.push(line),
    prometheus: { port: 0 },
    otlp: { url, everyMs: 3_600_000 },
  });
  trace.getTracer('host').startSpan('request').end();
  telemetry.event('something');
  await telemetry.flush();
  await telemetry.flush();
  const failed = lines.filter(({ event }) => event === 'telemetry.failed');
  expect(failed.map(({ where, code }) => `${where}: ${code}`).toSorted()).toEqual(
    ['logs', 'metrics', 'traces'].map((signal) => `export of ${signal}: OTLPExporterError`),
  );
  const scraped = await (await fetch(`${telemetry.url}/metrics`)).text();
  expect(scraped).toContain('scorekeep_where="export of metrics"');
  await telemetry.shutdown();
  expect(JSON.stringify(lines) + scraped).not.toContain('hunter2');
});

test('a collector that takes a request and never answers does not keep the process from its end', async () => {
  const { port } = await serve(() => undefined);
  const url = `http://127.0.0.1:${port}`;
  telemetry = await startTelemetry({ service: 'test', sample: 1, otlp: { url, everyMs: 3_600_000 } });
  trace.getTracer('host').startSpan('request').end();
  await telemetry.shutdown();
  // Another can start: nothing of it is registered any more.
  telemetry = await startTelemetry({ service: 'test' });
});

async function serve(answer: RequestListener): Promise<AddressInfo> {
  server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address() as AddressInfo;
}
