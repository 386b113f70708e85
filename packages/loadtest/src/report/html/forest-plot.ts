import { axis } from './axis.ts';
import { escaped } from './markup.ts';

/** A ratio with its interval and its budget. */
export interface ForestRow {
  readonly label: string;
  readonly verdict: string;
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  /** The most that is allowed. */
  readonly limit: number;
}

const [WIDTH, LEFT, RIGHT, TOP, STEP] = [480, 16, 464, 26, 58];

/** Ratios against another build, each with its interval and the line of its budget; 1 is no change. */
export function forestPlot(rows: readonly ForestRow[]): string {
  const bottom = TOP + rows.length * STEP;
  const values = rows.flatMap(({ low, high, limit }) => [low, high, limit, 1]);
  const margin = 0.05 * (Math.max(...values) - Math.min(...values));
  const x = axis(Math.min(...values) - margin, Math.max(...values) + margin, LEFT, RIGHT);
  const at = (value: number): string => String(Math.round(x.at(value) * 10) / 10);
  const said = rows.map(
    ({ label, verdict, estimate, limit }) =>
      `${label}: ×${estimate.toFixed(3)}, at most ×${limit.toFixed(3)}, ${verdict}`,
  );
  return [
    `<svg viewBox="0 0 ${WIDTH} ${bottom + 46}" role="img" aria-label="${escaped(`Ratios to the base. ${said.join('. ')}`)}">`,
    ...x.ticks.map(
      (tick) =>
        `<path class="grid" d="M${at(tick)} ${TOP - 8}V${bottom}"/><text x="${at(tick)}" y="${bottom + 18}" text-anchor="middle">×${Number(tick.toFixed(4))}</text>`,
    ),
    `<path class="axis" d="M${at(1)} ${TOP - 8}V${bottom}"/>`,
    ...rows.map(({ label, verdict, estimate, low, high, limit }, i) => {
      const y = TOP + i * STEP + 34;
      return `<text x="${LEFT}" y="${y - 18}">${escaped(`${label}: ${verdict}`)}</text><path class="budget" d="M${at(limit)} ${y - 13}v26"/><path class="line" d="M${at(low)} ${y}H${at(high)}M${at(low)} ${y - 6}v12M${at(high)} ${y - 6}v12"/><circle class="dot" cx="${at(estimate)}" cy="${y}" r="5"/>`;
    }),
    `<text x="${WIDTH / 2}" y="${bottom + 40}" text-anchor="middle">ratio to the base; the thick dashed mark is the budget</text>`,
    '</svg>',
  ].join('');
}
