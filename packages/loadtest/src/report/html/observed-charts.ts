import type { Moment, Observed } from '../../gate/observed.ts';
import { amount } from '../amount.ts';
import { lineChart } from './line-chart.ts';
import { escaped, table } from './markup.ts';

/** A chart beside its table. */
export const figure = (title: string, chart: string, beside: string, caption = ''): string =>
  `<figure><h3>${escaped(title)}</h3>${chart}${beside}${caption === '' ? '' : `<figcaption>${escaped(caption)}</figcaption>`}</figure>`;

/** The charts of what was seen during a scenario, each beside its table; none for what was not looked at. */
export function observedCharts({ series = [], percentiles = [] }: Observed): string {
  const overTime = SERIES.map(({ title, unit, of }) => {
    const line = series.flatMap((moment) => {
      const y = of(moment);
      return y === undefined ? [] : [{ x: moment.second, y }];
    });
    if (line.length < 2) return '';
    const values = line.map(({ y }) => y);
    const description = `From ${amount(Math.min(...values))} to ${amount(Math.max(...values))} ${unit}, ${amount(values.at(-1) ?? 0)} at the end.`;
    const rows = line.map(({ x, y }) => [amount(x), amount(y)]);
    return figure(
      title,
      lineChart({ title, description, xLabel: 'seconds', yLabel: unit, line }),
      table(title, ['second', unit], rows),
    );
  });
  return [...overTime, percentileChart(percentiles)].join('');
}

const mib = (bytes: number | undefined): number | undefined => (bytes === undefined ? undefined : bytes / 2 ** 20);

const SERIES: readonly {
  readonly title: string;
  readonly unit: string;
  readonly of: (moment: Moment) => number | undefined;
}[] = [
  { title: 'Throughput', unit: 'results per second', of: ({ perSecond }) => perSecond },
  { title: 'Backlog', unit: 'items waiting', of: ({ backlog }) => backlog },
  { title: 'CPU', unit: 'cores in use', of: ({ cores }) => cores },
  { title: 'Memory', unit: 'MiB', of: ({ memory }) => mib(memory) },
  { title: 'Dead tuples', unit: 'row versions to vacuum', of: ({ deadTuples }) => deadTuples },
  { title: 'Disk', unit: 'MiB', of: ({ disk }) => mib(disk) },
];

function percentileChart(percentiles: NonNullable<Observed['percentiles']>): string {
  if (percentiles.length < 2) return '';
  const nines = (percentile: number): number => -Math.log10(1 - percentile);
  const title = 'Latency by percentile';
  const line = percentiles.map(({ percentile, value }) => ({ x: nines(percentile), y: value }));
  const last = Math.max(...line.map(({ x }) => x));
  const xTicks = [0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999]
    .map((percentile) => ({ x: nines(percentile), label: name(percentile) }))
    .filter(({ x }) => x <= last + 1e-9);
  const description = `${amount(line[0]?.y ?? 0)} ms at the least, ${amount(line.at(-1)?.y ?? 0)} ms at ${name(percentiles.at(-1)?.percentile ?? 0)}.`;
  return figure(
    title,
    lineChart({ title, description, xLabel: 'percentile', yLabel: 'milliseconds', line, xTicks }),
    table(
      title,
      ['percentile', 'ms'],
      percentiles.map(({ percentile, value }) => [name(percentile), amount(value)]),
    ),
    'It ends where fewer than ten samples lie beyond.',
  );
}

/** With a digit for each nine after the first: p79, p97.5, p99.75. */
const name = (percentile: number): string =>
  `p${Number((100 * percentile).toFixed(Math.floor(1e-9 - Math.log10(1 - percentile))))}`;
