import type { ScenarioMeasurements } from '../gate/measurements.ts';

/** One rate that was tried. */
interface KneePoint {
  readonly rate: number;
  /** `invalid`: the generator could not keep the rate, so that nothing is known of the service. */
  readonly outcome: 'kept' | 'missed' | 'invalid';
  readonly p95Ms: number;
  readonly processedShare: number;
}

export interface Knee {
  /** The highest rate that was kept; 0 when none was. */
  readonly kept: number;
  /** The lowest that was not; undefined where the generator gave up before the service did. */
  readonly missed: number | undefined;
  readonly points: readonly KneePoint[];
}

export interface KneeOptions {
  readonly from: number;
  readonly p95Ms: number;
  /** Rates tried between the last that was kept and the first that was not. */
  readonly refine: number;
  readonly measure: (rate: number) => Promise<ScenarioMeasurements>;
}

/** Doubles the rate until answers take too long or events are left lying, then halves what is between. */
export async function findKnee({ from, p95Ms, refine, measure }: KneeOptions): Promise<Knee> {
  const points: KneePoint[] = [];
  const tryRate = async (rate: number): Promise<KneePoint['outcome']> => {
    const { windows = {}, disturbed = [] } = await measure(rate);
    const p95 = windows['latency.p95_ms']?.[0] ?? Number.POSITIVE_INFINITY;
    const processedShare = windows['processed.share']?.[0] ?? 0;
    const outcome = disturbed.length > 0 ? 'invalid' : p95 <= p95Ms && processedShare >= 0.99 ? 'kept' : 'missed';
    points.push({ rate, outcome, p95Ms: p95, processedShare });
    return outcome;
  };
  let kept = 0;
  let missed: number | undefined;
  for (let rate = from; ; rate *= 2) {
    const outcome = await tryRate(rate);
    if (outcome === 'kept') kept = rate;
    if (outcome === 'missed') missed = rate;
    if (outcome !== 'kept') break;
  }
  for (let i = 0; i < refine && missed !== undefined && missed - kept > 1; i++) {
    const rate = Math.round((kept + missed) / 2);
    const outcome = await tryRate(rate);
    if (outcome === 'invalid') break;
    if (outcome === 'kept') kept = rate;
    else missed = rate;
  }
  return { kept, missed, points };
}
