import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import helmet from '@fastify/helmet';
import serveStatic from '@fastify/static';
import type { Health, Instrumentation } from '@scorekeep/observability';
import { withCorrelation } from '@scorekeep/observability';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { answerError } from './answer-error.ts';
import { assertGivenOnce } from './assert-given-once.ts';
import { limitKey } from './limit-key.ts';
import { measureRequests } from './measure-requests.ts';
import type { RateLimit } from './rate-limit.ts';

/** What {@link createApp} is told. */
export interface AppOptions {
  readonly telemetry: Pick<Instrumentation, 'health' | 'security' | 'event'>;
  /** Of requests, by address; an IPv6 address counts as its network. */
  readonly limit: RateLimit;
  readonly trustProxy: boolean;
  /** Largest body in bytes. Default 65 536. */
  readonly bodyLimit?: number;
  /** Folder with `index.html` and what it needs, served at `/`, beside `base.css` of all hosts. */
  readonly page?: URL;
}

/**
 * What every host answers alike: JSON bodies up to a limit, errors as `{ statusCode, code, message }`, security headers, a
 * limit on requests by address, `/livez`, `/readyz` and `/startupz`, and a page. A query string gives each key once.
 * Everything that a request causes has its id as correlation id.
 */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const { telemetry, limit, trustProxy, bodyLimit = BODY_BYTES_MAX, page } = options;
  const app = Fastify({
    bodyLimit,
    // One proxy: the address that it adds, never one that the client wrote before it.
    trustProxy: trustProxy && ((_, hop) => hop === 0),
    requestTimeout: REQUEST_MS_MAX,
    routerOptions: { maxParamLength: PARAM_MAX },
    // Jobs carry it for days: numbers from 1 on would be those of every other process too.
    genReqId: () => randomUUID(),
    // A number in the place of a text is a mistake of the caller's that is told, not guessed at.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
    frameworkErrors: (error, _, reply) => void refuse(reply.headers(BEFORE_HOOKS), error, telemetry),
  });
  app.removeContentTypeParser('text/plain');
  app.setErrorHandler((error, request, reply) => refuse(reply, error, telemetry, request));
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({ statusCode: 404, code: 'NOT_FOUND', message: `There is no ${request.method} here.` }),
  );
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"],
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
        'img-src': ["'self'", 'data:'],
        'object-src': ["'none'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
  });
  mountHealth(app, telemetry.health);
  app.addHook('preClose', async () => closeIdle(app));

  app.addHook('onRequest', async (request) => {
    if (!PROBES.has(request.url)) await limit.take(limitKey(request.ip));
    assertGivenOnce(request.query);
  });
  app.addHook('onRequest', (request, _, done) => withCorrelation(request.id, done));
  measureRequests(app);
  app.addHook('onSend', async (_, reply) => {
    // Answers are somebody's; a file of the page says for itself how long it may be kept.
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
  if (page !== undefined) {
    const root = [fileURLToPath(page), fileURLToPath(BASE)];
    await app.register(serveStatic, { root, cacheControl: true, maxAge: 0 });
  }
  return app;
}

/** `base.css`, which all pages share. */
const BASE = new URL('../page/', import.meta.url);

/** What cannot be routed is answered before helmet is asked. */
const BEFORE_HOOKS = {
  'content-security-policy': "default-src 'self'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'SAMEORIGIN',
  'referrer-policy': 'no-referrer',
};

const BODY_BYTES_MAX = 65_536;
const REQUEST_MS_MAX = 30_000;
/** In characters: as long as an id of an event's may be. */
const PARAM_MAX = 255;
const PROBES = new Set(['/livez', '/readyz', '/startupz']);

/** A connection whose last request is answered while the app closes would stay open, and hold it up, for a minute. */
function closeIdle(app: FastifyInstance): void {
  const timer = setInterval(() => app.server.closeIdleConnections(), IDLE_MS);
  app.server.once('close', () => clearInterval(timer));
}

const IDLE_MS = 50;

function mountHealth(app: FastifyInstance, health: Health): void {
  for (const path of PROBES) {
    app.get(path, async (request, reply) => {
      const answer = health.handle(new Request(new URL(path, 'http://localhost'), { method: request.method }));
      reply.code(answer?.status ?? 404).headers(Object.fromEntries(answer?.headers ?? []));
      return (await answer?.text()) ?? '';
    });
  }
}

/** Answers an error, and logs the code of one that nobody foresaw. */
function refuse(
  reply: FastifyReply,
  error: unknown,
  telemetry: AppOptions['telemetry'],
  request?: FastifyRequest,
): FastifyReply {
  const { status, body, retryAfter, unexpected } = answerError(error);
  const route = request?.routeOptions.url;
  if (unexpected !== undefined) telemetry.event('request_failed', { route, code: unexpected, status }, 'error');
  if (status === 401) telemetry.security('auth_failed', { route });
  if (status === 403) telemetry.security('access_denied', { route });
  if (status === 429) telemetry.security('rate_limit_exceeded', { route });
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
  return reply.code(status).send(body);
}
