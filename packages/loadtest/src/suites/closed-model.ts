import autocannon from 'autocannon';
import { LoadtestError } from '../loadtest-error.ts';
import { EVENT_BODY, fillBody } from './body.ts';

export interface ClosedModelOptions {
  readonly url: string;
  readonly method?: 'GET' | 'POST' | undefined;
  /** Sent as it is, such as `Bearer …`. */
  readonly authorization?: string | undefined;
  /** Template of the body, see {@link fillBody}. */
  readonly body?: string | undefined;
  /** Events in one request; more than one are sent as a list. */
  readonly events?: number | undefined;
  readonly connections: number;
  /** So many requests in all, or for so many seconds. */
  readonly until: { readonly requests: number } | { readonly seconds: number };
}

/** What a closed model can say: each connection waits for its answer before it sends the next request. */
export interface ClosedModel {
  readonly requests: number;
  readonly perSecond: number;
  readonly status: Readonly<Record<string, number>>;
  /** Connections that broke, and requests without an answer. */
  readonly errors: number;
  /** From sending to the answer, in whole milliseconds, as autocannon counts them. */
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number };
}

/**
 * Loads a URL with autocannon in the closed model, for saturation and bursts. Never at a constant rate: what autocannon 9 takes
 * for the correction of coordinated omission halves the median, see docs/autocannon-rates.md. Without a rate it corrects nothing,
 * and refuses `ignoreCoordinatedOmission` as meaningless.
 *
 * @throws LoadtestError `RUN_FAILED` when there was not one answer
 */
export async function closedModel(options: ClosedModelOptions): Promise<ClosedModel> {
  const { url, method = 'POST', authorization, body = EVENT_BODY, events = 1, connections, until } = options;
  const own = authorization === undefined ? {} : { authorization };
  let n = 0;
  const one = (): string => fillBody(body, n++, Math.random, new Date());
  const setBody = (): string => (events === 1 ? one() : `[${Array.from({ length: events }, one).join()}]`);
  const result = await autocannon({
    url,
    connections,
    ...('requests' in until ? { amount: until.requests } : { duration: until.seconds }),
    requests: [
      method === 'GET'
        ? { method, headers: own }
        : {
            method,
            headers: { 'content-type': 'application/json', ...own },
            setupRequest: (request) => ({ ...request, body: setBody() }),
          },
    ],
  });
  const status = Object.fromEntries(
    Object.entries(result.statusCodeStats ?? {}).map(([code, { count = 0 }]) => [code, count]),
  );
  const answered = Object.values(status).reduce((sum, count) => sum + count, 0);
  if (answered === 0) {
    throw new LoadtestError('RUN_FAILED', `Nothing answers at ${url}: ${result.errors} errors`, {
      errors: result.errors,
    });
  }
  const { p50, p99, max } = result.latency;
  return {
    requests: answered,
    perSecond: answered / result.duration,
    status,
    errors: result.errors,
    latencyMs: { p50, p99, max },
  };
}
