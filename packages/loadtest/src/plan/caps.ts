import { LoadtestError } from '../loadtest-error.ts';

/** What a deployment has, beyond which more workers do no more. What is left out is no cap. */
export interface Resources {
  /** Connections that Postgres takes in all (`max_connections`). */
  readonly maxConnections?: number;
  /** Of those, kept for others: superusers, migrations, dashboards. 10 unless given. */
  readonly reservedConnections?: number;
  /** Connections of one worker's pool. 1 unless given. */
  readonly poolSize?: number;
  readonly cores?: number;
  /** CPU time of one item, in milliseconds, of Node and Postgres together. */
  readonly cpuMsPerItem?: number;
}

/** The most workers that a resource has room for. */
export interface WorkerCap {
  readonly by: 'connections' | 'cpu';
  readonly workers: number;
}

/**
 * How many workers connections and cores have room for, the least first. A worker that does x items a second of c ms of CPU
 * each keeps x c / 1000 cores busy.
 *
 * @param perSecond items a second of one worker
 * @throws LoadtestError `OPTION_INVALID`
 */
export function workerCaps(resources: Resources, perSecond: number): readonly WorkerCap[] {
  const { maxConnections, reservedConnections = 10, poolSize = 1, cores, cpuMsPerItem } = resources;
  for (const [name, value] of Object.entries({ ...resources, perSecond })) {
    if (!(Number(value) > 0 && Number.isFinite(value)) && !(name === 'reservedConnections' && value === 0)) {
      throw new LoadtestError('OPTION_INVALID', `${name} must be a number above 0, got ${value}`, { [name]: value });
    }
  }
  const caps: WorkerCap[] = [];
  if (maxConnections !== undefined) {
    const free = Math.max(0, maxConnections - reservedConnections);
    caps.push({ by: 'connections', workers: Math.floor(free / poolSize) });
  }
  if (cores !== undefined && cpuMsPerItem !== undefined) {
    caps.push({ by: 'cpu', workers: Math.floor(cores / ((perSecond * cpuMsPerItem) / 1000)) });
  }
  return caps.sort((a, b) => a.workers - b.workers);
}

/**
 * Little's law as a test of the instrument: items in flight are items a second times seconds that each takes. Gives how far
 * what was measured is from that, as a share; beyond a tenth, one of the three was measured wrongly.
 */
export const littlesLawError = (inFlight: number, perSecond: number, seconds: number): number =>
  Math.abs(inFlight / (perSecond * seconds) - 1);
