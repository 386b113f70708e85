import { errorCode } from './error-code.ts';
import type { Log } from './log.ts';
import { createRepeats } from './repeated.ts';

/** Tells of what fails in telemetry itself, `telemetry.failed`: by its code, and of many alike not each. */
export function createFailures(log: () => Log): (where: string, error: unknown) => void {
  const repeats = createRepeats();
  return (where, error) => {
    const code = errorCode(error);
    const repeated = repeats(`${where} ${code}`, performance.now());
    if (repeated !== undefined) log().emit('telemetry.failed', { where, code, repeated });
  };
}
