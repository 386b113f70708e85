import type { Expendable } from '../database/open-database.ts';
import type { Pair } from '../statistics/paired-ratio.ts';
import type { DrainOptions } from './drain.ts';
import { type Cost, startScorer } from './scorer.ts';

export interface CompareOptions extends Omit<DrainOptions, 'workers' | 'root' | 'plant'> {
  /** Folder of each side's build, and what is planted in it. */
  readonly base: Pick<DrainOptions, 'root' | 'plant'>;
  readonly candidate: Pick<DrainOptions, 'root' | 'plant'>;
  /** Whether what was measured leaves it open, and more may be measured. */
  readonly goOn: (soFar: Pick<Compared, 'cpu' | 'wall'>) => boolean;
  readonly onRound?: (round: number) => void;
}

/** What each round cost, one side right after the other. */
export interface Compared {
  readonly cpu: readonly Pair[];
  readonly wall: readonly Pair[];
  /** Of the candidate, round by round. */
  readonly costs: readonly Cost[];
}

/**
 * Scores the same rows with two builds in turn, each round beginning with the other one than the last, for as long as it is
 * wanted. A first round warms caches and code, and is thrown away.
 */
export async function compareBuilds(database: Expendable, options: CompareOptions): Promise<Compared> {
  const { base, candidate, goOn, onRound = () => undefined, ...work } = options;
  const cpu: Pair[] = [];
  const wall: Pair[] = [];
  const costs: Cost[] = [];
  await using ofBase = await startScorer(database, { ...work, ...base }, 'base');
  await using ofCandidate = await startScorer(database, { ...work, ...candidate }, 'candidate');
  const scorers = { base: ofBase, candidate: ofCandidate };
  for (const scorer of [ofBase, ofCandidate]) await scorer.score();
  for (let first: Pair['first'] = 'base'; goOn({ cpu, wall }); first = first === 'base' ? 'candidate' : 'base') {
    options.signal?.throwIfAborted();
    onRound(cpu.length + 1);
    const early = await scorers[first].score();
    const late = await scorers[first === 'base' ? 'candidate' : 'base'].score();
    const [one, other] = first === 'base' ? [early, late] : [late, early];
    cpu.push({ base: one.cpuMsPer1k, candidate: other.cpuMsPer1k, first });
    wall.push({ base: one.wallMsPer1k, candidate: other.wallMsPer1k, first });
    costs.push(other);
  }
  return { cpu, wall, costs };
}
