import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';

/** What OTLP's JSON says of a value. */
interface AnyValue {
  readonly stringValue?: string;
  readonly intValue?: number | string;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
}
type Attributes = readonly { readonly key: string; readonly value: AnyValue }[];

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  /** 1 INTERNAL, 2 SERVER, 3 CLIENT, 4 PRODUCER, 5 CONSUMER */
  readonly kind: number;
  readonly status: { readonly code?: number; readonly message?: string };
  readonly events: readonly { readonly name: string }[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly attributes: Readonly<Record<string, unknown>>;
}

interface ReceivedPoint {
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Of a sum or gauge. */
  readonly value: number;
  /** Of a histogram. */
  readonly count: number;
  readonly sum: number;
  readonly bounds: readonly number[];
}

interface ReceivedMetric {
  readonly name: string;
  readonly unit: string;
  readonly kind: 'sum' | 'gauge' | 'histogram';
  readonly scope: string;
  readonly points: readonly ReceivedPoint[];
}

interface ReceivedLog {
  readonly eventName: string;
  readonly severityNumber: number;
  readonly traceId?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** A real OTLP/HTTP receiver, which keeps what it is sent. */
export interface Collector extends AsyncDisposable {
  readonly url: string;
  /** Every byte of every body, for whoever looks for what must not be there. */
  readonly bytes: () => string;
  readonly spans: () => ReceivedSpan[];
  readonly logs: () => ReceivedLog[];
  /** The metrics of the latest export, by name. */
  readonly metrics: () => ReadonlyMap<string, ReceivedMetric>;
}

/** The points of a metric that have these attributes. */
export const pointsOf = (
  metrics: ReadonlyMap<string, ReceivedMetric>,
  name: string,
  where: Readonly<Record<string, unknown>>,
): readonly ReceivedPoint[] =>
  (metrics.get(name)?.points ?? []).filter(({ attributes }) =>
    Object.entries(where).every(([key, value]) => attributes[key] === value),
  );

export async function startCollector(): Promise<Collector> {
  const bodies: { path: string; text: string }[] = [];
  const server = createServer(async (request, response) => {
    bodies.push({ path: request.url ?? '', text: await textOf(request) });
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const of = (path: string): Body[] =>
    bodies.filter((body) => body.path === path).map((body) => JSON.parse(body.text) as Body);
  return {
    url: `http://127.0.0.1:${port}`,
    bytes: () => bodies.map((body) => body.text).join('\n'),
    spans: () =>
      of('/v1/traces').flatMap(({ resourceSpans = [] }) =>
        resourceSpans.flatMap(({ scopeSpans }) =>
          scopeSpans.flatMap(({ spans }) => spans.map((span) => ({ ...span, attributes: plain(span.attributes) }))),
        ),
      ),
    logs: () =>
      of('/v1/logs').flatMap(({ resourceLogs = [] }) =>
        resourceLogs.flatMap(({ scopeLogs }) =>
          scopeLogs.flatMap(({ logRecords }) =>
            logRecords.map((log) => ({ ...log, attributes: plain(log.attributes) })),
          ),
        ),
      ),
    metrics: () =>
      new Map(
        (of('/v1/metrics').at(-1)?.resourceMetrics ?? []).flatMap(({ scopeMetrics }) =>
          scopeMetrics.flatMap(({ scope, metrics }) =>
            metrics.map((metric) => [metric.name, metricOf(scope.name, metric)] as const),
          ),
        ),
      ),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Sent<T> = Omit<T, 'attributes'> & { readonly attributes: Attributes };

interface Body {
  readonly resourceSpans?: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly Sent<ReceivedSpan>[] }[];
  }[];
  readonly resourceLogs?: readonly {
    readonly scopeLogs: readonly { readonly logRecords: readonly Sent<ReceivedLog>[] }[];
  }[];
  readonly resourceMetrics?: readonly {
    readonly scopeMetrics: readonly {
      readonly scope: { readonly name: string };
      readonly metrics: readonly SentMetric[];
    }[];
  }[];
}

interface SentPoint {
  readonly attributes: Attributes;
  readonly asDouble?: number;
  readonly asInt?: number | string;
  readonly count?: number | string;
  readonly sum?: number;
  readonly explicitBounds?: readonly number[];
}

interface SentMetric {
  readonly name: string;
  readonly unit: string;
  readonly sum?: { readonly dataPoints: readonly SentPoint[] };
  readonly gauge?: { readonly dataPoints: readonly SentPoint[] };
  readonly histogram?: { readonly dataPoints: readonly SentPoint[] };
}

function metricOf(scope: string, { name, unit, sum, gauge, histogram }: SentMetric): ReceivedMetric {
  const points = (sum ?? gauge ?? histogram)?.dataPoints ?? [];
  return {
    name,
    unit,
    kind: sum !== undefined ? 'sum' : gauge !== undefined ? 'gauge' : 'histogram',
    scope,
    points: points.map((point) => ({
      attributes: plain(point.attributes),
      value: Number(point.asDouble ?? point.asInt ?? Number.NaN),
      count: Number(point.count ?? 0),
      sum: point.sum ?? 0,
      bounds: point.explicitBounds ?? [],
    })),
  };
}

const plain = (attributes: Attributes): Record<string, unknown> =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ??
        value.boolValue ??
        (value.intValue === undefined ? value.doubleValue : Number(value.intValue)),
    ]),
  );

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
