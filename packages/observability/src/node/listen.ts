import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
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
  const server = createServer((request, response) => {
    const asked = requestOf(request);
    if (asked !== undefined && new URL(asked.url).pathname === '/metrics') {
      exporter.getMetricsRequestHandler(request, response);
      return;
    }
    const answer =
      asked === undefined
        ? new Response(null, { status: 400 })
        : (health.handle(asked) ?? new Response(null, { status: 404 }));
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    void answer.text().then((text) => response.end(text));
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

/** Undefined for what a request cannot be, such as `TRACE /livez`: thrown here it would end the process. */
function requestOf({ url = '/', method = 'GET' }: IncomingMessage): Request | undefined {
  try {
    // Not relative to a base, in which `//` would be a host.
    return new Request(url.startsWith('/') ? `http://localhost${url}` : url, { method });
  } catch {
    return undefined;
  }
}
