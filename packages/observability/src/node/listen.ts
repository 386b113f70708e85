import { once } from 'node:events';
import { createServer } from 'node:http';
import type { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import type { Health } from '../health/health.ts';

/** A server for whoever watches this process. */
export interface Listener {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves `/metrics` and the paths of health, and nothing else. */
export async function listen(
  exporter: PrometheusExporter,
  health: Health,
  { host = '127.0.0.1', port = 9464 }: { host?: string; port?: number },
): Promise<Listener> {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (url.pathname === '/metrics') return exporter.getMetricsRequestHandler(request, response);
    const answer = health.handle(new Request(url, { method: request.method ?? 'GET' }));
    response.writeHead(answer?.status ?? 404, Object.fromEntries(answer?.headers ?? []));
    response.end(await answer?.text());
  });
  server.listen(port, host);
  await once(server, 'listening');
  // It keeps no process alive: when the work is over, so is watching it.
  server.unref();
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
