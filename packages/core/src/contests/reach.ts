/** A choice of one outcome per match is wanted that leaves at most `allowed` rivals ahead. */
export interface Rivals {
  /** By rival: how far ahead it is. A rival is ahead in the end when this is 1 or more. */
  readonly leads: Float64Array;
  /** By match, outcome and rival: what the outcome adds to the lead. */
  readonly gains: readonly (readonly Float64Array[])[];
  /** By match: the least and the most that it can add to each lead. Made by {@link boundsOf}. */
  readonly bounds: readonly Bounds[];
  readonly allowed: number;
}

export interface Bounds {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** The bounds of one match's outcomes. */
export function boundsOf(outcomes: readonly Float64Array[]): Bounds {
  const [low, high] = [(outcomes[0] ?? NONE).slice(), (outcomes[0] ?? NONE).slice()];
  for (const outcome of outcomes) {
    for (let r = 0; r < outcome.length; r++) {
      const gain = outcome[r] as number;
      if (gain < (low[r] as number)) low[r] = gain;
      if (gain > (high[r] as number)) high[r] = gain;
    }
  }
  return { low, high };
}

const NONE = new Float64Array(0);

export type Reached =
  /** The index of an outcome per match. */
  | { readonly type: 'possible'; readonly choice: readonly number[] }
  | { readonly type: 'impossible' }
  /** The search gave up after looking at `maxSteps` leads. */
  | { readonly type: 'undecided' };

/**
 * Decides the problem by branch and bound. In general it is NP-hard (it contains subset sum), but contests are easy: most
 * rivals are settled by their bounds, most outcomes are no better for anybody than another one, and the rest falls to a
 * Lagrangian bound: whatever outcomes are chosen, a weighted sum of the leads is at least the sum of its least values by
 * match. Everything is whole numbers, so the bounds are exact.
 */
export function reach(rivals: Rivals, maxSteps: number): Reached {
  const reduced = openRivals(rivals);
  if (reduced === undefined) return { type: 'impossible' };
  const matches = reduced.gains.map(undominated);
  const order = matches
    .map((_, m) => m)
    .sort((a, b) => spread(matches[b] as Match) - spread(matches[a] as Match) || a - b);
  const sorted = order.map((m) => matches[m] as Match);
  const found = search(reduced.leads, sorted, reduced.allowed, maxSteps);
  if (found === 'undecided') return { type: 'undecided' };
  if (found === undefined) return { type: 'impossible' };
  const choice = rivals.gains.map(() => 0);
  for (const [i, m] of order.entries()) choice[m] = sorted[i]?.[found[i] ?? 0]?.outcome ?? 0;
  return { type: 'possible', choice };
}

/** The outcomes of a match that are worth choosing, with their index. */
type Match = readonly { readonly outcome: number; readonly gains: Float64Array }[];

/** Leaves out rivals who end ahead, or not ahead, whatever happens. Undefined when too many end ahead. */
export function openRivals({ leads, gains, bounds, allowed }: Rivals): Rivals | undefined {
  const [least, most] = [leads.slice(), leads.slice()];
  for (const { low, high } of bounds) {
    addTo(least, low);
    addTo(most, high);
  }
  const left = allowed - least.reduce((count, lead) => count + (lead >= 1 ? 1 : 0), 0);
  const open = [...leads.keys()].filter((r) => (least[r] as number) < 1 && (most[r] as number) >= 1);
  if (left < 0) return undefined;
  return {
    leads: pick(leads, open),
    gains: gains.map((outcomes) => outcomes.map((outcome) => pick(outcome, open))),
    bounds: bounds.map(({ low, high }) => ({ low: pick(low, open), high: pick(high, open) })),
    allowed: left,
  };
}

function addTo(sums: Float64Array, values: Float64Array): void {
  for (let r = 0; r < sums.length; r++) sums[r] = (sums[r] as number) + (values[r] as number);
}

function pick(values: Float64Array, rivals: readonly number[]): Float64Array {
  const picked = new Float64Array(rivals.length);
  for (let i = 0; i < rivals.length; i++) picked[i] = values[rivals[i] as number] as number;
  return picked;
}

/** Without outcomes that are no better against any rival than another one. */
function undominated(outcomes: readonly Float64Array[]): Match {
  const kept: { outcome: number; gains: Float64Array; sum: number }[] = [];
  const candidates = outcomes.map((gains, outcome) => ({ outcome, gains, sum: gains.reduce((a, b) => a + b, 0) }));
  // One that dominates another has the smaller sum, or is equal to it.
  for (const candidate of candidates.sort((a, b) => a.sum - b.sum || a.outcome - b.outcome)) {
    if (!kept.some(({ gains }) => noBetter(candidate.gains, gains))) kept.push(candidate);
  }
  return kept;
}

/** Whether an outcome adds at least as much to every lead as another. */
export function noBetter(outcome: Float64Array, other: Float64Array): boolean {
  for (let r = 0; r < outcome.length; r++) if ((outcome[r] as number) < (other[r] as number)) return false;
  return true;
}

function spread(match: Match): number {
  const sums = match.map(({ gains }) => gains.reduce((a, b) => a + Math.abs(b), 0));
  return sums.length < 2 ? 0 : sums.reduce((a, b) => a + b, 0) / sums.length;
}

function search(
  leads: Float64Array,
  matches: readonly Match[],
  allowed: number,
  maxSteps: number,
): readonly number[] | undefined | 'undecided' {
  const rivals = leads.length;
  // What the matches from m on can add to each rival's lead, at least and at most.
  const bounds = matches.map((outcomes) => boundsOf(outcomes.map(({ gains }) => gains)));
  const least = suffixes(
    bounds.map(({ low }) => low),
    rivals,
  );
  const most = suffixes(
    bounds.map(({ high }) => high),
    rivals,
  );
  const cuts: Cut[] = [];
  if (allowed === 0 && rivals > 0) {
    const relaxed = relax(leads, matches, scaleOf(leads, bounds));
    if (relaxed.choice !== undefined) return relaxed.choice;
    cuts.push(...relaxed.cuts);
    if (
      cuts.some((cut) => cut.weights.reduce((sum, w, r) => sum + w * (leads[r] as number), cut.rest[0] as number) > 0)
    ) {
      return undefined;
    }
  }
  const failed = new Set<string>();
  const choice: number[] = [];
  let steps = 0;

  const visit = (m: number, at: Float64Array): boolean | 'undecided' => {
    steps += rivals + 1;
    if (steps > maxSteps) return 'undecided';
    let ahead = 0;
    const open: number[] = [];
    for (let r = 0; r < rivals; r++) {
      const lead = at[r] as number;
      if (lead + (least[m]?.[r] as number) >= 1) ahead++;
      else if (lead + (most[m]?.[r] as number) >= 1) open.push(r, lead);
    }
    if (ahead > allowed) return false;
    if (ahead + open.length / 2 <= allowed) {
      for (let rest = m; rest < matches.length; rest++) choice[rest] = 0;
      return true;
    }
    for (const { weights, rest } of cuts) {
      let sum = rest[m] as number;
      for (let r = 0; r < rivals; r++) sum += (weights[r] as number) * (at[r] as number);
      if (sum > 0) return false;
    }
    // Where the same rivals are left with the same leads, what failed before fails again.
    const state = open.length <= MEMO ? `${m} ${ahead} ${open.join()}` : undefined;
    if (state !== undefined && failed.has(state)) return false;
    for (const [o, { gains }] of (matches[m] as Match).entries()) {
      choice[m] = o;
      const found = visit(
        m + 1,
        at.map((lead, r) => lead + (gains[r] as number)),
      );
      if (found !== false) return found;
    }
    if (state !== undefined) failed.add(state);
    return false;
  };
  const found = visit(0, leads);
  return found === 'undecided' ? found : found ? choice : undefined;
}

/** For each m, the sums of what the matches from m on add. */
function suffixes(matches: readonly Float64Array[], rivals: number): readonly Float64Array[] {
  const sums = [new Float64Array(rivals)];
  for (const match of matches.toReversed()) {
    const sum = (sums.at(-1) as Float64Array).slice();
    addTo(sum, match);
    sums.push(sum);
  }
  return sums.reverse();
}

/** Weights, and for each m the least that the matches from m on add to the weighted sum of leads. */
interface Cut {
  readonly weights: readonly number[];
  readonly rest: readonly number[];
}

/** States with more open rivals than half of this are too many to come again. */
const MEMO = 64;
const ROUNDS = 60;
const CUTS = 4;

/**
 * The unit of weights, at most 1000: so small that weighted sums stay exact. Weights add up to less than 64 units for each
 * rival (1 to begin with, 14 by {@link ROUNDS} steps, the rest by rounding them). 0 when there is no such unit.
 */
function scaleOf(leads: Float64Array, bounds: readonly Bounds[]): number {
  let farthest = 1;
  for (const [r, lead] of leads.entries()) {
    let distance = Math.abs(lead);
    for (const { low, high } of bounds) distance += Math.max(Math.abs(low[r] as number), Math.abs(high[r] as number));
    if (distance > farthest) farthest = distance;
  }
  return Math.min(1000, Math.floor(Number.MAX_SAFE_INTEGER / (64 * leads.length * farthest)));
}

/**
 * Subgradient steps on the Lagrangian dual: each round takes the best outcomes for the present weights and gives more
 * weight to the rivals who are still ahead. Either a round leaves none ahead, which is a choice, or its weights are a cut.
 */
function relax(
  leads: Float64Array,
  matches: readonly Match[],
  scale: number,
): { choice?: readonly number[]; cuts: readonly Cut[] } {
  if (scale < 1) return { cuts: [] };
  let weights: readonly number[] = new Array<number>(leads.length).fill(scale);
  const cuts: (Cut & { bound: number })[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const rest = [0];
    const choice: number[] = [];
    const final = [...leads];
    for (const match of matches.toReversed()) {
      let [best, bestSum] = [0, Number.POSITIVE_INFINITY];
      for (const [o, { gains }] of match.entries()) {
        let sum = 0;
        for (let r = 0; r < gains.length; r++) sum += (weights[r] as number) * (gains[r] as number);
        if (sum < bestSum) [best, bestSum] = [o, sum];
      }
      choice.unshift(best);
      rest.unshift((rest[0] as number) + bestSum);
      for (const [r, gain] of (match[best]?.gains ?? []).entries()) final[r] = (final[r] as number) + gain;
    }
    if (final.every((lead) => lead < 1)) return { choice, cuts: [] };
    const bound = weights.reduce((sum, w, r) => sum + w * (leads[r] as number), rest[0] as number);
    cuts.push({ weights, rest, bound });
    if (bound > 0) break;
    const size = final.reduce((sum, lead) => sum + Math.abs(lead), 1);
    weights = weights.map((w, r) =>
      Math.max(0, Math.round(w + (scale * leads.length * (final[r] as number)) / (size * Math.sqrt(round)))),
    );
  }
  return { cuts: cuts.sort((a, b) => b.bound - a.bound).slice(0, CUTS) };
}
