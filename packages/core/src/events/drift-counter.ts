import type { Event } from './event.ts';

/** Drift of the events of one type and version. */
export interface DriftCount {
  readonly type: string;
  readonly version: number;
  /** Events that were counted. */
  readonly events: number;
  /** Those of them with any unknown field. Optional fields that are left out are no fault. */
  readonly drifted: number;
  /** How many events had each unknown field. */
  readonly unknown: ReadonlyMap<string, number>;
  /** How many events left out each optional field. */
  readonly missing: ReadonlyMap<string, number>;
  /** Occurrences of names beyond the number of names that are kept. */
  readonly otherNames: number;
}

export interface DriftCounter {
  add(event: Pick<Event, 'type' | 'version' | 'drift'>): void;
  /** Counts by type and version, in the order of both. */
  report(): readonly DriftCount[];
}

/**
 * Counts drift over many events.
 *
 * @param names field names that are kept for each type and version, unknown and missing apart; a client that makes up names
 * cannot fill the memory. 100 unless given
 */
export function driftCounter({ names = 100 }: { readonly names?: number } = {}): DriftCounter {
  const counts = new Map<string, Counting>();
  return {
    add: ({ type, version, drift }) => {
      const key = `${type} ${version}`;
      const count = counts.get(key) ?? begin(type, version);
      counts.set(key, count);
      count.events += 1;
      if (drift === undefined) return;
      if (drift.unknown.length > 0) count.drifted += 1;
      for (const name of drift.unknown) bump(count, count.unknown, name, names);
      for (const name of drift.missing) bump(count, count.missing, name, names);
    },
    report: () =>
      [...counts.values()].sort((a, b) => (a.type === b.type ? a.version - b.version : a.type < b.type ? -1 : 1)),
  };
}

interface Counting extends DriftCount {
  events: number;
  drifted: number;
  otherNames: number;
  readonly unknown: Map<string, number>;
  readonly missing: Map<string, number>;
}

const begin = (type: string, version: number): Counting => ({
  type,
  version,
  events: 0,
  drifted: 0,
  unknown: new Map(),
  missing: new Map(),
  otherNames: 0,
});

function bump(count: Counting, names: Map<string, number>, name: string, most: number): void {
  const known = names.get(name);
  if (known === undefined && names.size >= most) count.otherNames += 1;
  else names.set(name, (known ?? 0) + 1);
}
