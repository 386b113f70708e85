import { setImmediate as turn } from 'node:timers/promises';
import { LoadtestError } from '../loadtest-error.ts';
import type { WorkerProcess } from './worker-process.ts';

/** Waits for deaths that a drain was told to have. */
interface ExpectedKills {
  /**
   * What the work gives, once all who were to die have died and their replacements serve.
   *
   * @throws LoadtestError `RUN_FAILED` when the work was done before
   */
  during<Value>(work: Promise<Value>): Promise<Value>;
}

/** Takes the dead out of `processes` and puts others in their place, when the last of them has died. */
export function expectKills(
  processes: WorkerProcess[],
  doomed: readonly WorkerProcess[],
  startOther: () => Promise<WorkerProcess>,
): ExpectedKills {
  let dead = 0;
  const deaths = doomed.map(async (one) => {
    // One that is told to stop ends otherwise: then there is nothing to replace, and nobody waits.
    if ((await one.ended) !== 'SIGKILL') return new Promise<never>(() => undefined);
    dead += 1;
    processes.splice(processes.indexOf(one), 1);
    return undefined;
  });
  const replaced = Promise.all(deaths).then(async () => {
    processes.push(...(await Promise.all(doomed.map(startOther))));
  });
  return {
    async during(work) {
      const value = await Promise.race([work, replaced.then(() => work)]);
      await turn(); // a death and the end of the work may be heard in one turn, in either order
      if (dead < doomed.length) {
        const message = `All was done when ${dead} of the ${doomed.length} workers that were to die had a slice in hand: give it more items, or smaller batches`;
        throw new LoadtestError('RUN_FAILED', message, { dead, doomed: doomed.length });
      }
      await replaced;
      return value;
    },
  };
}
