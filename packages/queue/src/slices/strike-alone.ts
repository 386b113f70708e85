/**
 * Remembers that an item, an event or a subject asked too much of a statement though it stood alone, such as more time than it has.
 * Once may be the moment's fault, or that of somebody who held a lock; so many times it is its own.
 *
 * @param owner for as long as this is remembered: the projection as the host defined it, or the work of a process
 * @param part the place of the item or event, or the subject
 * @returns whether it has done so often enough to be put aside
 */
export function strikeAlone(owner: object, part: string): boolean {
  const strikes = struck.get(owner) ?? new Map<string, number>();
  struck.set(owner, strikes);
  const times = (strikes.get(part) ?? 0) + 1;
  if (strikes.size >= STRUCK_MAX) strikes.clear();
  strikes.set(part, times);
  return times >= STRIKES;
}

/** Others may have applied them since. */
const struck = new WeakMap<object, Map<string, number>>();
const STRUCK_MAX = 1_000;

/** As often as a job. */
const STRIKES = 5;
