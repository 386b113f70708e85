import { amount } from '../amount.ts';
import { axis } from './axis.ts';
import { escaped } from './markup.ts';

interface Point {
  readonly x: number;
  readonly y: number;
}

export interface LineChart {
  readonly title: string;
  /** What a reader should see in it, in a sentence, for whoever does not see it. */
  readonly description: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly line: readonly Point[];
  /** Drawn as dots. */
  readonly dots?: readonly Point[];
  readonly band?: readonly { readonly x: number; readonly low: number; readonly high: number }[];
  /** Left of it is measured, right of it is not: the line is dashed there. */
  readonly measuredUpTo?: number;
  /** Ticks of the x axis, where it is not linear. */
  readonly xTicks?: readonly { readonly x: number; readonly label: string }[];
}

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [480, 290, 64, 466, 34, 236];

/** A line chart as SVG: no script, sizes with its place, colours from the page's style. */
export function lineChart({
  title,
  description,
  xLabel,
  yLabel,
  line,
  dots = [],
  band = [],
  ...rest
}: LineChart): string {
  const xs = [...line, ...dots].map(({ x }) => x);
  const ys = [...[...line, ...dots].map(({ y }) => y), ...band.map(({ high }) => high)];
  const x = axis(Math.min(...xs), Math.max(...xs), LEFT, RIGHT);
  const y = axis(0, Math.max(...ys), BOTTOM, TOP);
  const path = (points: readonly Point[]): string =>
    points.map((point, i) => `${i === 0 ? 'M' : 'L'}${place(x.at(point.x))} ${place(y.at(point.y))}`).join('');
  const ticks = rest.xTicks ?? x.ticks.map((tick) => ({ x: tick, label: amount(tick) }));
  const edge = rest.measuredUpTo;
  const measured = edge === undefined ? line : line.filter((point) => point.x <= edge);
  const beyond = edge === undefined ? [] : line.filter((point) => point.x >= edge);
  const around = [
    ...band.map((point) => ({ x: point.x, y: point.high })),
    ...band.toReversed().map((point) => ({ x: point.x, y: point.low })),
  ];
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(`${title}. ${description}`)}">`,
    ...y.ticks.map(
      (tick) =>
        `<path class="grid" d="M${LEFT} ${place(y.at(tick))}H${RIGHT}"/><text x="${LEFT - 6}" y="${place(y.at(tick) + 5)}" text-anchor="end">${amount(tick)}</text>`,
    ),
    ...ticks.map(
      (tick) =>
        `<path class="grid" d="M${place(x.at(tick.x))} ${BOTTOM}v5"/><text x="${place(x.at(tick.x))}" y="${BOTTOM + 22}" text-anchor="middle">${escaped(tick.label)}</text>`,
    ),
    `<path class="axis" d="M${LEFT} ${TOP}V${BOTTOM}H${RIGHT}"/>`,
    around.length === 0 ? '' : `<path class="band" d="${path(around)}Z"/>`,
    `<path class="line" d="${path(measured)}"/>`,
    beyond.length === 0 ? '' : `<path class="line beyond" d="${path(beyond)}"/>`,
    edge === undefined
      ? ''
      : `<path class="edge" d="M${place(x.at(edge))} ${TOP}V${BOTTOM}"/><text x="${place(x.at(edge) - 5)}" y="${BOTTOM - 8}" text-anchor="end">measured</text><text x="${place(x.at(edge) + 5)}" y="${BOTTOM - 8}">extrapolated</text>`,
    ...dots.map((point) => `<circle class="dot" cx="${place(x.at(point.x))}" cy="${place(y.at(point.y))}" r="4"/>`),
    `<text x="${(LEFT + RIGHT) / 2}" y="${HEIGHT - 6}" text-anchor="middle">${escaped(xLabel)}</text>`,
    `<text x="4" y="16">${escaped(yLabel)}</text>`,
    '</svg>',
  ].join('');
}

const place = (value: number): string => String(Math.round(value * 10) / 10);
