import { seededRandom } from '@scorekeep/core/forecasts';
import { parseBudgets } from '../budgets/parse-budgets.ts';
import { gate } from '../gate/gate.ts';
import type { Measurements } from '../gate/measurements.ts';
import type { Result } from '../gate/result.ts';
import type { HtmlReportOptions } from '../report/html/html-report.ts';
import { percentileCurve } from '../statistics/percentile-curve.ts';
import { fitScalability } from '../statistics/scalability.ts';
import { throughput } from '../statistics/scalability-curve.ts';
import { BASELINE, BUDGETS, GOOD, measurements, pairs } from './example.ts';

/** A result in which something of everything happened, with all that a report can show; always the same. */
export function reportExample(): { readonly result: Result; readonly options: HtmlReportOptions } {
  const random = seededRandom(7);
  const shaken = (value: number): number => value * (0.95 + 0.1 * random());
  const series = Array.from({ length: 90 }, (_, second) => ({
    second,
    perSecond: shaken(second < 5 ? 120 * (second + 1) : 600),
    backlog: Math.max(0, 50_000 - 570 * second),
    cores: shaken(1.4),
    memory: shaken(180 * 2 ** 20),
    deadTuples: (second % 30) * 400,
    disk: (90 + second / 4) * 2 ** 20,
  }));
  const latencies = Array.from({ length: 6000 }, () => 4 - 6 * Math.log(1 - random()));
  const configuration = { workers: 3, 'pool.size': 10, 'batch.size': 1000, node: 'v24.21.0' };
  const all: Measurements = measurements({
    ...GOOD,
    windows: { ...GOOD.windows, 'drain.seconds': [2000] },
    pairs: { 'cpu.ms_per_1k': pairs(1.095) },
    observed: { series, percentiles: percentileCurve(latencies), configuration },
  });
  const curve = { lambda: 200, sigma: 0.05, kappa: 0.002 };
  const samples = [1, 2, 3, 4, 6, 8].flatMap((workers) =>
    [0, 1, 2].map(() => ({ workers, perSecond: shaken(throughput(curve, workers)) })),
  );
  return {
    result: gate(parseBudgets(BUDGETS), all, { profile: 'nightly', baseline: BASELINE }),
    options: { measurements: all, scalability: { samples, fit: fitScalability(samples, { random: seededRandom(1) }) } },
  };
}
