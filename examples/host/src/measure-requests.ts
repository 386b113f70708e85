import { metrics } from '@opentelemetry/api';
import type { FastifyInstance } from 'fastify';

/**
 * Records how long each request took, as OpenTelemetry's semantic conventions for HTTP name it: what the alerts `HostErrors` and
 * `HostSlow` stand on. A path that is no route has none, so that strangers make no series.
 */
export function measureRequests(app: FastifyInstance): void {
  const duration = metrics.getMeter('@scorekeep/example-host').createHistogram('http.server.request.duration', {
    description: 'Duration of HTTP server requests.',
    unit: 's',
    advice: { explicitBucketBoundaries: BOUNDARIES },
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url;
    duration.record(reply.elapsedTime / 1000, {
      'http.request.method': request.method,
      'http.response.status_code': reply.statusCode,
      // Behind a proxy it is what a client may have written.
      'url.scheme': request.protocol === 'https' ? 'https' : 'http',
      ...(route === undefined ? {} : { 'http.route': route }),
    });
  });
}

/** Those of the conventions, in seconds. */
const BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
