import type { Lane } from './worker.ts';

/** What a lane of transactional jobs has learned. */
export interface LaneState {
  /** Jobs to take next; fewer while something is wrong. */
  batch: number;
  /** How often a job was what a transaction was rolled back for, since it was last settled. */
  readonly strikes: Map<string, Strike>;
  /** The job that is not to be begun again at once, and for how long. */
  aside: { readonly job: string; readonly seconds: number } | undefined;
  /** Whether a commit was refused: constraints that are deferred to it are then checked while the culprit can be told. */
  cautious: boolean;
  /** In how many milliseconds its rate lets it begin as many as it takes; undefined unless it has just been held back by it. */
  nextMs: number | undefined;
  /** How long it waited after the last fault, in milliseconds; 0 when all has gone well since. */
  pause: number;
}

/** What a job is up to. */
interface Strike {
  readonly times: number;
  readonly code: string;
  /** Whether it is the job that asks for it, and not the moment. */
  readonly its: boolean;
}

export const newState = (lane: Lane): LaneState => ({
  batch: batchOf(lane),
  strikes: new Map(),
  aside: undefined,
  cautious: false,
  nextMs: undefined,
  pause: 0,
});

/** The most jobs that a lane has in hand. */
export const batchOf = ({ job: { definition } }: Pick<Lane, 'job'>): number =>
  definition.batch ?? (definition.runBatch === undefined ? 1 : 100);
