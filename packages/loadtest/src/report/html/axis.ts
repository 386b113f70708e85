/** A range of values on paper. */
export interface Axis {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

/** An axis from `from` to `to` pixels whose ticks are round: 1, 2 or 5 times a power of ten, four to eight of them. */
export function axis(low: number, high: number, from: number, to: number): Axis {
  const top = high > low ? high : low + 1;
  const raw = (top - low) / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5].find((factor) => factor * power >= raw * 0.999) ?? 10) * power;
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(top / step + 1e-9) - first + 1;
  return {
    at: (value) => from + ((value - low) / (top - low)) * (to - from),
    ticks: Array.from({ length: count }, (_, i) => (first + i) * step),
  };
}
