import type { Lane } from './worker.ts';

/** What a lane of transactional jobs has learned. */
export interface LaneState {
  /** Jobs to take next; fewer while something is wrong. */
  batch: number;
  /** How often a job, alone in hand, asked too much of the database. */
  readonly strikes: Map<string, number>;
  /** Whether the last batch is still written down as in hand. */
  declared: boolean;
  /** Whether a commit was refused: constraints that are deferred to it are then checked while the culprit can be told. */
  cautious: boolean;
  /** How long it waited after the last fault, in milliseconds; 0 when all has gone well since. */
  pause: number;
}

export const newState = (lane: Lane): LaneState => ({
  batch: batchOf(lane),
  strikes: new Map(),
  declared: false,
  cautious: false,
  pause: 0,
});

/** The most jobs that a lane has in hand. */
export const batchOf = ({ job: { definition } }: Pick<Lane, 'job'>): number =>
  definition.batch ?? (definition.runBatch === undefined ? 1 : 100);
