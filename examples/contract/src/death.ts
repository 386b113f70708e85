import { createHash } from 'node:crypto';

/** Where a process kills itself: around the commit of the `nth` statement like this that it is about to send. */
export interface Death {
  /** A regular expression. */
  readonly statement: string;
  readonly nth: number;
  readonly moment: Moment;
}

/**
 * - `before the statement`: the statement itself is not sent, and what came before it in its transaction is half done
 * - `before the commit`: all is written and nothing committed
 * - `amid the commit`: it was sent, and nobody knows whether the server has come to it
 * - `after the commit`: all is committed, and nobody has been told
 */
type Moment = 'before the statement' | 'before the commit' | 'amid the commit' | 'after the commit';

/** Which process of a host dies, and where. */
interface DeathPoint {
  readonly who: 'app' | 'worker';
  readonly moment: Moment;
  readonly nth: number;
}

/** Every moment of an app that keeps a fact, and of a worker amid its work; the seed decides at which of its commits. */
export function deathPoints(seed: number): readonly DeathPoint[] {
  return MOMENTS.map(([who, moment], place) => {
    const [drawn = 0] = createHash('sha256').update(`${seed} ${place}`).digest();
    return { who, moment, nth: 1 + (drawn % NTH_MAX[who]) };
  });
}

const MOMENTS = [
  ['app', 'before the commit'],
  ['app', 'amid the commit'],
  ['app', 'after the commit'],
  ['worker', 'before the statement'],
  ['worker', 'before the commit'],
  ['worker', 'amid the commit'],
  ['worker', 'after the commit'],
] as const;

/** An app gets as many requests as it needs to come so far; a worker has little to do, and may be done before. */
const NTH_MAX = { app: 5, worker: 2 } as const;
