import type { Attributes } from '@opentelemetry/api';
import { ATTRIBUTES, METRICS, type Metric } from '../catalogue.ts';

/** One line of a metric: all measurements with the same attributes. */
export interface Series {
  /** Those that the catalogue gives the metric, each with no more values than it allows. */
  readonly attributes: Attributes;
  /** What was counted and is not handed over yet; undefined when there is nothing. */
  counted?: number | undefined;
  /** Whether the next measurement with these attributes finds it again. */
  readonly kept: boolean;
}

/** Finds the series of a measurement, whatever attributes it comes with. */
export function createSeries(): (name: Metric, attributes: Attributes) => Series {
  const trees = new Map<Metric, { readonly root: Branch; series: number }>();
  const bound = boundAttributes();
  return (name, attributes) => {
    const keys: readonly string[] = METRICS[name].attributes;
    const tree = trees.get(name) ?? { root: createBranch(), series: 0 };
    trees.set(name, tree);
    let found: Branch | undefined = tree.root;
    for (const key of keys) found = found?.next.get(attributes[key]);
    if (found?.series !== undefined) return found.series;

    const within = bound(name, attributes);
    const isWithin = keys.every((key) => within[key] === attributes[key]);
    if (!isWithin || tree.series >= SERIES_MAX) return { attributes: within, kept: false };
    tree.series += 1;
    let branch = tree.root;
    for (const key of keys) {
      const next = branch.next.get(attributes[key]) ?? createBranch();
      branch.next.set(attributes[key], next);
      branch = next;
    }
    branch.series = { attributes: within, kept: true };
    return branch.series;
  };
}

/** By value of one attribute after the other: found without making a text of them, which is what an SDK does each time. */
interface Branch {
  readonly next: Map<unknown, Branch>;
  series?: Series;
}
const createBranch = (): Branch => ({ next: new Map() });

/** As many as an SDK keeps of a metric. */
const SERIES_MAX = 2_000;

function boundAttributes(): (name: Metric, attributes: Attributes) => Attributes {
  const seen = new Map<string, Set<unknown>>(Object.keys(ATTRIBUTES).map((key) => [key, new Set()]));
  return (name, attributes) => {
    const kept: Attributes = {};
    for (const key of METRICS[name].attributes) {
      const value = attributes[key];
      if (value === undefined) continue;
      const values = seen.get(key);
      const known = values?.has(value) === true;
      if (!known && (values?.size ?? 0) < ATTRIBUTES[key]) values?.add(value);
      kept[key] = values?.has(value) === true ? value : OTHER;
    }
    return kept;
  };
}

/** What OpenTelemetry calls a value outside the known ones. */
const OTHER = '_other';
