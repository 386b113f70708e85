import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import type { HealthReport } from '@scorekeep/observability';
import { count, duration, plural } from './show/text.ts';

/** A collector for OTLP over HTTP, as small as can be: it keeps what it is told. */
export interface Collector {
  readonly url: string;
  received(): Received;
  close(): Promise<void>;
}

/** What it was told, as far as the demo shows it. */
export interface Received {
  readonly spans: readonly Span[];
  readonly events: readonly LogRecord[];
  /** Of each process the latest value of each series: of a histogram how often it was measured, and the sum. */
  readonly points: ReadonlyMap<string, Point>;
  readonly processes: number;
}

interface Point {
  readonly metric: string;
  readonly outcome: string;
  readonly value: number;
  readonly sum: number;
}

interface Span {
  readonly traceId: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly links?: readonly { readonly spanId: string }[];
}

export async function startCollector(): Promise<Collector> {
  const spans: Span[] = [];
  const events: LogRecord[] = [];
  const points = new Map<string, Point>();
  const processes = new Set<string>();
  const take = (body: Body): void => {
    for (const resource of [
      ...(body.resourceSpans ?? []),
      ...(body.resourceLogs ?? []),
      ...(body.resourceMetrics ?? []),
    ]) {
      const instance = attributeOf(resource.resource, 'service.instance.id');
      processes.add(instance);
      for (const scope of resource.scopeSpans ?? []) spans.push(...scope.spans);
      for (const scope of resource.scopeLogs ?? []) events.push(...scope.logRecords);
      for (const { metrics } of resource.scopeMetrics ?? []) {
        for (const { name: metric, sum, gauge, histogram } of metrics) {
          for (const point of (sum ?? gauge ?? histogram)?.dataPoints ?? []) {
            const value = Number(point.asDouble ?? point.asInt ?? point.count);
            const outcome = attributeOf(point, 'scorekeep.outcome');
            points.set(`${instance} ${metric} ${JSON.stringify(point.attributes)}`, {
              metric,
              outcome,
              value,
              sum: point.sum ?? 0,
            });
          }
        }
      }
    }
  };
  const server = createServer(async (request, response) => {
    take(JSON.parse(await text(request)) as Body);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    received: () => ({ spans, events, points, processes: processes.size }),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What the demo shows of it, and of the health of its own process: what is counted and measured, and an example of each. */
export function collectorSummary(
  { spans, events, points, processes }: Received,
  health: HealthReport,
): [string, string][] {
  const slices = spans.filter((span) => span.name.startsWith('process slices/'));
  const linked = slices.filter((span) => span.links?.length === 1).length;
  const traces = new Set(spans.map((span) => span.traceId)).size;
  const items = (outcome: string): number =>
    [...points.values()]
      .filter((point) => point.metric === 'scorekeep.items' && point.outcome === outcome)
      .reduce((sum, point) => sum + point.value, 0);
  const metrics = new Set([...points.values()].map((point) => point.metric));
  const kinds = Map.groupBy(events, (event) => event.eventName ?? '');
  const of = (metric: string): Point[] => [...points.values()].filter((point) => point.metric === metric);
  const mean = (metric: string): string => {
    const all = of(metric).filter(({ value }) => value > 0);
    const total = (pick: (point: Point) => number): number => all.reduce((sum, point) => sum + pick(point), 0);
    return duration((total(({ sum }) => sum) / total(({ value }) => value)) * 1_000);
  };
  // Whichever process reads for all shows them; the next one shows the same.
  const queues = new Set(
    [...points].flatMap(([key, { metric }]) =>
      metric === 'scorekeep.queue.messages' ? [key.slice(key.indexOf(' '))] : [],
    ),
  );
  const oldest = Math.min(...of('scorekeep.snapshot.age').map(({ value }) => value));
  const slowest = Math.max(0, ...slices.map((span) => Number(span.endTimeUnixNano) - Number(span.startTimeUnixNano)));
  const finished = kinds.get('run.finished')?.at(-1);
  return [
    ['by', `${plural(processes, 'process', 'processes')}, over OTLP`],
    [
      'traces',
      `${count(traces)} of ${plural(spans.length, 'span')}: ${[...new Set(spans.map((span) => span.name))].join(', ')}`,
    ],
    [
      'slices',
      `${count(linked)} of ${count(slices.length)} linked to what caused them; the slowest took ${duration(slowest / 1e6)}`,
    ],
    [
      'items',
      `${count(items('scored'))} scored, ${count(items('rejected'))} rejected, ${count(items('parked'))} parked`,
    ],
    ['metrics', `${count(metrics.size)}, from scorekeep.queue.oldest.age to nodejs.eventloop.utilization`],
    [
      'durations',
      `waited ${mean('scorekeep.wait.duration')}, processed ${mean('messaging.process.duration')}, end to end ${mean('scorekeep.e2e.duration')} a slice, on average`,
    ],
    [
      'gauges',
      `scorekeep.queue.messages has ${plural(queues.size, 'series', 'series')}, one for each queue and state, zeros too; read ${duration(oldest * 1_000)} before they were sent`,
    ],
    ['events', [...kinds].map(([kind, all]) => `${kind} ${count(all.length)}`).join(', ')],
    [
      'correlated',
      `the last run.finished has correlation id ${attributeOf(finished, 'correlation_id')} and trace id ${finished?.traceId ?? 'none'}`,
    ],
    ['health', `${health.status}: ${health.checks.map(({ name, status }) => `${name} ${status}`).join(', ')}`],
  ];
}

interface Attributed {
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
}

const attributeOf = (of: Attributed | undefined, key: string): string =>
  of?.attributes.find((attribute) => attribute.key === key)?.value.stringValue ?? '';

interface Points {
  readonly dataPoints: readonly (Attributed & {
    readonly asDouble?: number;
    readonly asInt?: number;
    readonly count?: number;
    readonly sum?: number;
  })[];
}

type LogRecord = Attributed & { readonly eventName?: string; readonly traceId?: string };

interface Resource {
  readonly resource: Attributed;
  readonly scopeSpans?: readonly { readonly spans: readonly Span[] }[];
  readonly scopeLogs?: readonly { readonly logRecords: readonly LogRecord[] }[];
  readonly scopeMetrics?: readonly {
    readonly metrics: readonly {
      readonly name: string;
      readonly sum?: Points;
      readonly gauge?: Points;
      readonly histogram?: Points;
    }[];
  }[];
}

interface Body {
  readonly resourceSpans?: readonly Resource[];
  readonly resourceLogs?: readonly Resource[];
  readonly resourceMetrics?: readonly Resource[];
}
