import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { startTelemetry, type Telemetry } from './index.ts';

let telemetry: Telemetry | undefined;
afterEach(() => telemetry?.shutdown());

test('no request ends the process that is watched, whatever its path or method', async () => {
  telemetry = await startTelemetry({ service: 'test', prometheus: { port: 0 } });
  const { port } = new URL(telemetry.url ?? '');
  const asked: Record<string, string> = {
    'TRACE /livez': '400',
    'TRACE /metrics': '400',
    'GET //': '404',
    'GET ///livez': '404',
    'GET http://[/livez': '400',
    'OPTIONS *': '400',
    'GET http://localhost/livez': '200',
    'POST /livez': '405',
    'GET /livez?%': '200',
    'GET /constructor': '404',
  };
  for (const [line, status] of Object.entries(asked))
    expect([line, await statusOf(Number(port), line)]).toEqual([line, status]);
  expect((await fetch(`${telemetry.url}/metrics`)).status).toBe(200);
});

/** Sends what `fetch` would not. */
async function statusOf(port: number, line: string): Promise<string | undefined> {
  const socket = connect(port, '127.0.0.1');
  socket.end(`${line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  await once(socket, 'close');
  return text.split(' ')[1];
}
