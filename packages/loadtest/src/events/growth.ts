import type { Moment } from '../gate/observed.ts';
import type { SloMetric } from '../metrics.ts';
import { slope } from '../statistics/slope.ts';

/**
 * What grew, by the minute: the slope of each thing that was looked at, over the last three quarters of the looks, since caches,
 * pools and compilers fill at first. 0 where it falls. Without enough looks there is nothing, and a budget that asks for it fails.
 */
export function growth(series: readonly Moment[]): Partial<Readonly<Record<SloMetric, readonly number[]>>> {
  const settled = series.slice(Math.ceil(series.length / 4));
  return Object.fromEntries(
    GROWTHS.flatMap(([metric, of]) => {
      const line = settled.flatMap((moment) => {
        const y = of(moment);
        return y === undefined ? [] : [{ x: moment.second / 60, y }];
      });
      return line.length < LOOKS_MIN ? [] : [[metric, [Math.max(0, slope(line))]]];
    }),
  );
}

/** Below it a slope is what one look says. */
const LOOKS_MIN = 12;

const MIB = 2 ** 20;
const mib = (bytes: number | undefined): number | undefined => (bytes === undefined ? undefined : bytes / MIB);

const GROWTHS: readonly (readonly [SloMetric, (moment: Moment) => number | undefined])[] = [
  ['backlog.growth_per_minute', ({ backlog }) => backlog],
  ['memory.growth_mib_per_minute', ({ memory }) => mib(memory)],
  ['dead_tuples.growth_per_minute', ({ deadTuples }) => deadTuples],
  ['disk.growth_mib_per_minute', ({ disk }) => mib(disk)],
];
