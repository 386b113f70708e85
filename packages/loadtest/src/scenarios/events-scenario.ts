import { constantRate } from '../events/constant-rate.ts';
import type { ScenarioMeasurements } from '../gate/measurements.ts';
import { amountParam } from './params.ts';
import type { ScenarioContext } from './scenario.ts';

/** Events at a constant rate, from the intended start to the answer and from commit to commit. */
export const eventsScenario = ({
  database,
  params,
  progress,
  signal,
}: ScenarioContext): Promise<ScenarioMeasurements> =>
  constantRate(database, {
    rate: amountParam(params, 'rate'),
    seconds: amountParam(params, 'seconds'),
    onProgress: progress,
    signal,
  });
