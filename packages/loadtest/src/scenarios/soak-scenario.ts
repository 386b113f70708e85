import { constantRate } from '../events/constant-rate.ts';
import { growth } from '../events/growth.ts';
import type { ScenarioMeasurements } from '../gate/measurements.ts';
import { amountParam, minutesParam } from './params.ts';
import type { ScenarioContext } from './scenario.ts';

/** Events at a constant rate for long, and what grew meanwhile. */
export async function soakScenario(context: ScenarioContext): Promise<ScenarioMeasurements> {
  const { database, params, progress, signal } = context;
  const seconds = minutesParam(params, 'minutes') * 60;
  const measured = await constantRate(database, {
    rate: amountParam(params, 'rate'),
    seconds,
    collects: true,
    lookEverySeconds: Math.max(0.1, seconds / LOOKS),
    onProgress: progress,
    signal,
  });
  return { ...measured, windows: { ...measured.windows, ...growth(measured.observed?.series ?? []) } };
}

/** Enough for a slope, and few enough for a table in the report. */
const LOOKS = 120;
