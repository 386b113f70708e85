import { ownOf } from '../../files/own-of.ts';
import type { Facts, Measurements } from '../../gate/measurements.ts';
import type { Check, Result, ScenarioResult, Verdict } from '../../gate/result.ts';
import type { Scalability, ThroughputSample } from '../../statistics/scalability.ts';
import { amount } from '../amount.ts';
import { forestPlot } from './forest-plot.ts';
import { lineChart } from './line-chart.ts';
import { escaped, table } from './markup.ts';
import { figure, observedCharts } from './observed-charts.ts';
import { STYLE } from './style.ts';

/** What there is beside the result; charts of what is not given are left out. */
export interface HtmlReportOptions {
  /** What the result was judged from: series, latencies, the workers' own configuration. */
  readonly measurements?: Measurements | undefined;
  /** Throughput over the number of workers. */
  readonly scalability?: { readonly samples: readonly ThroughputSample[]; readonly fit: Scalability } | undefined;
}

/**
 * The result as one HTML file that asks for nothing from anywhere: no script, charts as SVG, each beside a table of the same
 * numbers, in the reader's light or dark theme.
 */
export function htmlReport(result: Result, { measurements, scalability }: HtmlReportOptions = {}): string {
  const title = `Load test, profile ${result.profile}`;
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>${escaped(`${title}: ${result.verdict}`)}</title><style>${STYLE}</style></head><body><main>`,
    `<h1>${escaped(title)}: ${badge(result.verdict)}</h1><p>Measured ${escaped(result.takenAt)}.</p>`,
    forest(result),
    ...result.scenarios.map((scenario) => scenarioPart(scenario, measurements)),
    scalability === undefined ? '' : scalabilityPart(scalability),
    `<h2>Where it was measured</h2>${facts('Environment', result.environment)}`,
    measurements === undefined ? '' : facts('What work counters depend on', measurements.fingerprint),
    '</main></body></html>\n',
  ].join('\n');
}

const SIGNS: Readonly<Record<Verdict, string>> = { pass: '✓', inconclusive: '?', fail: '✗', violated: '✗✗' };

/** Sign, word and colour: none of them alone. */
const badge = (verdict: Verdict): string =>
  `<span class="verdict ${verdict}"><span aria-hidden="true">${SIGNS[verdict]} </span>${verdict}</span>`;

function scenarioPart({ name, verdict, checks }: ScenarioResult, measurements: Measurements | undefined): string {
  const measured = ownOf(measurements?.scenarios, name);
  const disturbed = (measured?.disturbed ?? []).map((why) => `<p>Disturbed: ${escaped(why)}.</p>`).join('');
  const { configuration } = measured?.observed ?? {};
  return [
    `<section><h2>${escaped(name)}: ${badge(verdict)}</h2>${disturbed}`,
    `<div class="scroll whole checks" tabindex="0" role="region" aria-label="${escaped(`Checks of ${name}`)}"><table role="table"><caption>Checks</caption><thead><tr><th scope="col">verdict</th><th scope="col">metric</th><th scope="col">what was found</th><th scope="col">headroom</th></tr></thead><tbody role="rowgroup">${checks.map(row).join('')}</tbody></table></div>`,
    observedCharts(measured?.observed ?? {}),
    configuration === undefined ? '' : facts('Configuration, as the workers read it back', configuration),
    '</section>',
  ].join('\n');
}

/** With roles, since the style shows rows as blocks on a phone, where browsers forget that they are a table's. */
const row = ({ verdict, layer, metric, message, headroom, file, line }: Check): string =>
  `<tr role="row"><td role="cell">${badge(verdict)}</td><th scope="row" role="rowheader">${escaped(metric)}<br><small>${escaped(`${layer}, ${file}:${line}`)}</small></th><td role="cell">${escaped(message)}</td><td role="cell">${headroom === undefined ? '' : `${amount(100 * headroom)} %`}</td></tr>`;

function forest({ scenarios }: Result): string {
  const rows = scenarios.flatMap(({ name, checks }) =>
    checks.flatMap(({ layer, metric, verdict, measured, low, high, limit }) =>
      layer === 'relative' && measured !== undefined && low !== undefined && high !== undefined && limit !== undefined
        ? [{ label: `${name}, ${metric}`, verdict, estimate: measured, low, high, limit }]
        : [],
    ),
  );
  if (rows.length === 0) return '';
  const cells = rows.map(({ label, estimate, low, high, limit, verdict }) => [
    label,
    `×${estimate.toFixed(3)}`,
    `${low.toFixed(3)} to ${high.toFixed(3)}`,
    `×${limit.toFixed(3)}`,
    verdict,
  ]);
  const head = ['cost', 'ratio', 'interval', 'at most', 'verdict'];
  return `<section><h2>Against the base</h2>${figure('Cost against another build', forestPlot(rows), table('Cost against another build', head, cells))}</section>`;
}

function scalabilityPart({ samples, fit }: NonNullable<HtmlReportOptions['scalability']>): string {
  const points = Array.from({ length: 2 * fit.measuredUpTo }, (_, i) => ({ workers: i + 1, ...fit.at(i + 1) }));
  const title = 'Throughput by workers';
  const chart = lineChart({
    title,
    description: `The fitted curve with its interval; up to ${fit.measuredUpTo} workers were measured.`,
    xLabel: 'workers',
    yLabel: 'results per second',
    line: points.map(({ workers, estimate }) => ({ x: workers, y: estimate })),
    dots: samples.map(({ workers, perSecond }) => ({ x: workers, y: perSecond })),
    band: points.map(({ workers, low, high }) => ({ x: workers, low, high })),
    measuredUpTo: fit.measuredUpTo,
  });
  const cells = points.map(({ workers, estimate, low, high, extrapolated }) => [
    amount(workers),
    amount(estimate),
    `${amount(low)} to ${amount(high)}`,
    extrapolated ? 'extrapolated' : 'measured',
  ]);
  const head = ['workers', 'per second', 'interval', ''];
  return `<section><h2>Scalability</h2>${figure(title, chart, table(title, head, cells), 'Dots are measurements, the band is the 90 % interval of the curve.')}</section>`;
}

const facts = (caption: string, of: Facts): string =>
  table(
    caption,
    ['name', 'value'],
    Object.entries(of).map(([name, value]) => [name, String(value)]),
    1000,
  );
