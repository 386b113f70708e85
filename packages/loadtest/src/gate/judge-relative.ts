import { seededRandom } from '@scorekeep/core/forecasts';
import { type RelativeBudget, shareOf } from '../budgets/budgets.ts';
import { LoadtestError } from '../loadtest-error.ts';
import { pairedRatio } from '../statistics/paired-ratio.ts';
import type { ScenarioMeasurements } from './measurements.ts';
import type { Check } from './result.ts';

type Judged = Omit<Check, 'layer' | 'metric' | 'file' | 'line'>;

/** Holds a cost against another build's, measured in turn with it. The same measurements always decide the same. */
export function judgeRelative(
  { metric, maxIncrease, confidence = 0.95, rounds = [8, 24] }: RelativeBudget,
  { pairs, disturbed = [] }: ScenarioMeasurements,
): Judged {
  const given = pairs?.[metric] ?? [];
  if (given.length === 0) return { verdict: 'fail', message: 'It was not measured.' };
  if (disturbed.length > 0 && metric === 'wall.ms_per_1k') {
    return { verdict: 'inconclusive', message: `It says nothing: ${disturbed.join('; ')}.` };
  }
  try {
    const options = { maxIncrease: shareOf(maxIncrease), rounds, confidence, random: seededRandom(1) };
    const { estimate, low, high, decision, moreRounds } = pairedRatio(given, options);
    const limit = 1 + shareOf(maxIncrease);
    const more = moreRounds ? ` Up to ${rounds[1]} rounds may decide it.` : '';
    const message = `×${estimate.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}] in ${given.length} rounds, must be at most ×${limit.toFixed(3)}.${more}`;
    return { verdict: decision, message, measured: estimate, limit, low, high };
  } catch (error) {
    if (!(error instanceof LoadtestError)) throw error;
    return { verdict: 'fail', message: `${error.message}.` };
  }
}
