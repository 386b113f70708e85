import { type AnyMetric, type Dialect, type Names, namesOf } from './dialect.ts';

/** A panel: a title, its queries, and the unit as Grafana names it. */
interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly queries: readonly (readonly [expr: string, legend: string])[];
}

/** A Grafana dashboard as JSON, for the names that a dialect gives the metrics. Import it, and choose a data source. */
export function dashboard({ dialect = 'scrape' }: { dialect?: Dialect } = {}): object {
  const rows = panelsOf(namesOf(dialect));
  const panels: object[] = [];
  let y = 0;
  for (const [row, own] of Object.entries(rows)) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title: row,
      collapsed: false,
      gridPos: { x: 0, y, w: 24, h: 1 },
      panels: [],
    });
    y += 1;
    for (const [i, panel] of own.entries()) {
      const gridPos = { x: (i % 3) * 8, y: y + Math.floor(i / 3) * 8, w: 8, h: 8 };
      panels.push(timeSeries(panels.length + 1, panel, gridPos));
    }
    y += Math.ceil(own.length / 3) * 8;
  }
  return {
    uid: `scorekeep-${dialect}`,
    title: 'Scorekeep',
    tags: ['scorekeep'],
    schemaVersion: 39,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    templating: { list: [{ name: 'source', type: 'datasource', query: 'prometheus', current: {} }] },
    panels,
  };
}

const timeSeries = (id: number, { title, unit, queries }: Panel, gridPos: object): object => ({
  id,
  type: 'timeseries',
  title,
  gridPos,
  datasource: { type: 'prometheus', uid: '$source' },
  fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
  targets: queries.map(([expr, legendFormat], i) => ({ refId: String.fromCharCode(65 + i), expr, legendFormat })),
});

const QUEUE = 'messaging_destination_name';

/** The rows, in the order in which one asks: is work late, does it flow, who does it, on what. */
export function panelsOf(m: Names): Readonly<Record<string, readonly Panel[]>> {
  const max = (metric: AnyMetric, by: string, of = ''): string => `max by (${by}) (${m(metric)}${of})`;
  const rate = (metric: AnyMetric, by: string, of = ''): string => `sum by (${by}) (rate(${m(metric)}${of}[5m]))`;
  const quantile = (q: number, metric: AnyMetric, by: string): string =>
    `histogram_quantile(${q}, sum by (${by}, le) (rate(${m(metric, 'bucket')}[5m])))`;
  const queue = `{{${QUEUE}}}`;
  const projection = '{{scorekeep_projection}}';
  return {
    'Is work late?': [
      {
        title: 'Age of the oldest that is ready',
        unit: 's',
        queries: [[max('scorekeep.queue.oldest.age', QUEUE), queue]],
      },
      {
        title: 'Wait, 95th percentile',
        unit: 's',
        queries: [[quantile(0.95, 'scorekeep.wait.duration', QUEUE), queue]],
      },
      { title: 'Time to drain', unit: 's', queries: [[max('scorekeep.queue.drain.estimate', QUEUE), queue]] },
      {
        title: 'Progress of runs',
        unit: 'percentunit',
        queries: [[`min by (scorekeep_projection) (${m('scorekeep.run.progress')})`, projection]],
      },
      {
        title: 'Runs under way for',
        unit: 's',
        queries: [[max('scorekeep.projection.lag', 'scorekeep_projection'), projection]],
      },
      {
        title: 'Oldest event that a consumer has not handled',
        unit: 's',
        queries: [[max('scorekeep.consumer.lag', 'scorekeep_name'), '{{scorekeep_name}}']],
      },
      {
        title: 'End to end, 95th percentile',
        unit: 's',
        queries: [[quantile(0.95, 'scorekeep.e2e.duration', QUEUE), queue]],
      },
    ],
    Flow: [
      {
        title: 'Items per second',
        unit: 'cps',
        queries: [
          [rate('scorekeep.items', 'scorekeep_projection, scorekeep_outcome'), `${projection} {{scorekeep_outcome}}`],
        ],
      },
      {
        title: 'In the queues',
        unit: 'short',
        queries: [[max('scorekeep.queue.messages', `${QUEUE}, scorekeep_state`), `${queue} {{scorekeep_state}}`]],
      },
      {
        title: 'Attempts by outcome',
        unit: 'cps',
        queries: [[rate('scorekeep.attempts', `${QUEUE}, scorekeep_outcome`), `${queue} {{scorekeep_outcome}}`]],
      },
      {
        title: 'Events per second',
        unit: 'cps',
        queries: [[rate('scorekeep.consumed.events', 'scorekeep_name'), '{{scorekeep_name}}']],
      },
      {
        title: 'Subjects folded per second',
        unit: 'cps',
        queries: [
          [
            rate('scorekeep.refolded.subjects', 'scorekeep_projection, scorekeep_outcome'),
            '{{scorekeep_projection}} {{scorekeep_outcome}}',
          ],
        ],
      },
      {
        title: 'Missed runs of schedules per second',
        unit: 'cps',
        queries: [[rate('scorekeep.schedule.missed', `${QUEUE}, scorekeep_outcome`), `${queue} {{scorekeep_outcome}}`]],
      },
      {
        title: 'Dead letters',
        unit: 'short',
        queries: [[max('scorekeep.queue.messages', QUEUE, `{${QUEUE}=~"dead/.*",scorekeep_state="ready"}`), queue]],
      },
      {
        title: 'Process, 95th percentile',
        unit: 's',
        queries: [[quantile(0.95, 'messaging.process.duration', QUEUE), queue]],
      },
      {
        title: 'Receipts',
        unit: 'cps',
        queries: [[rate('scorekeep.receipts', `${QUEUE}, scorekeep_outcome`), `${queue} {{scorekeep_outcome}}`]],
      },
      {
        title: 'Sent and consumed',
        unit: 'cps',
        queries: [
          [rate('messaging.client.sent.messages', QUEUE), `sent ${queue}`],
          [rate('messaging.client.consumed.messages', QUEUE), `consumed ${queue}`],
        ],
      },
    ],
    Workers: [
      {
        title: 'Slots and slots in use',
        unit: 'short',
        queries: [
          [`sum by (${QUEUE}) (${m('scorekeep.worker.slots')})`, `${queue}`],
          [`sum by (${QUEUE}) (${m('scorekeep.worker.slots.used')})`, `${queue} in use`],
        ],
      },
      {
        title: 'Workers desired',
        unit: 'short',
        queries: [[max('scorekeep.workers.desired', 'scorekeep_projection'), projection]],
      },
      { title: 'Event loop', unit: 'percentunit', queries: [[m('nodejs.eventloop.utilization'), '{{instance}}']] },
    ],
    Postgres: [
      {
        title: 'Connections',
        unit: 'short',
        queries: [
          [
            `sum by (instance, db_client_connection_state) (${m('db.client.connection.count')})`,
            '{{instance}} {{db_client_connection_state}}',
          ],
          [`sum by (instance) (${m('db.client.connection.pending_requests')})`, '{{instance}} waiting'],
        ],
      },
      {
        title: 'Dead tuples',
        unit: 'short',
        queries: [
          [max('scorekeep.table.tuples', 'scorekeep_table', '{scorekeep_state="dead"}'), '{{scorekeep_table}}'],
        ],
      },
      {
        title: 'Size',
        unit: 'bytes',
        queries: [
          [max('scorekeep.table.size', 'scorekeep_table'), '{{scorekeep_table}}'],
          [max('scorekeep.index.bloat', 'scorekeep_table'), '{{scorekeep_table}} bloat'],
        ],
      },
      {
        title: 'Longest transaction',
        unit: 's',
        queries: [[max('scorekeep.transaction.longest', 'scorekeep_schema'), '{{scorekeep_schema}}']],
      },
      {
        title: 'Age of the figures',
        unit: 's',
        queries: [[`min by (scorekeep_schema) (${m('scorekeep.snapshot.age')})`, '{{scorekeep_schema}}']],
      },
      {
        title: 'Background errors',
        unit: 'cps',
        queries: [
          [rate('scorekeep.background.errors', 'scorekeep_where, error_type'), '{{scorekeep_where}} {{error_type}}'],
        ],
      },
    ],
  };
}
