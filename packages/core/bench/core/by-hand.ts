import type { draws, Predictions } from './predictions.ts';

/** What a person would write for one rule, with the results that the rule set has: points, what fired, reason, tie-break. */
interface Results {
  readonly milli: Int32Array;
  readonly fired: BigInt64Array;
  readonly reason: Int16Array;
  readonly tie: Int32Array;
}

const results = (count: number): Results => ({
  milli: new Int32Array(count),
  fired: new BigInt64Array(count),
  reason: new Int16Array(count),
  tie: new Int32Array(count),
});

/** 1 missing, 2 below, 3 above, 4 fraction. */
function wrong(value: unknown): number {
  if (typeof value !== 'number') return 1;
  if (value < 0) return 2;
  if (value > 99) return 3;
  return Math.trunc(value) === value ? 0 : 4;
}

export function kicktippByHand({ home, away, resultHome, resultAway }: Predictions, count: number): Results {
  const { milli, fired, reason, tie } = results(count);
  for (let i = 0; i < count; i++) {
    const [h, a, rh, ra] = [home[i] as number, away[i] as number, resultHome[i] as number, resultAway[i] as number];
    const refused = wrong(a) || wrong(h) || wrong(ra) || wrong(rh);
    if (refused !== 0) {
      reason[i] = refused;
    } else if (h === rh && a === ra) {
      milli[i] = 4000;
      fired[i] = 1n;
      tie[i] = 1;
    } else if (h - a === rh - ra && h !== a) {
      milli[i] = 3000;
      fired[i] = 2n;
    } else if (Math.sign(h - a) === Math.sign(rh - ra)) {
      milli[i] = 2000;
      fired[i] = 3n;
    }
  }
  return { milli, fired, reason, tie };
}

const FIRED = [0n, 1n, 2n, 3n, 4n, 5n, 6n];
const POINTS = [0, 100_000, 80_000, 60_000, 50_000, 40_000, 20_000];

export function drawContestByHand({ teams, groupOf, marked }: ReturnType<typeof draws>, count: number): Results {
  const { milli, fired, reason, tie } = results(count);
  const seen = new Int32Array(49);
  const right = new Int32Array(13);
  for (let i = 0; i < count; i++) {
    const order = teams[i];
    const groups = groupOf[i];
    const team = marked[i];
    if (order?.length !== 48 || groups?.length !== 48 || team === undefined || !(team >= 1 && team <= 48)) {
      reason[i] = 1;
      continue;
    }
    right.fill(0);
    let refused = 0;
    let placed = 0;
    for (let k = 0; k < 48; k++) {
      const one = order[k];
      const group = groups[k];
      if (typeof one !== 'number' || !(one >= 1 && one <= 48) || Math.trunc(one) !== one) refused = 2;
      else if (typeof group !== 'number' || !(group >= 1 && group <= 12) || Math.trunc(group) !== group) refused = 3;
      else if (seen[one] === i + 1) refused = 4;
      else {
        seen[one] = i + 1;
        const here = (k >> 2) + 1;
        if (groups[one - 1] === here) {
          right[here] = (right[here] as number) + 1;
          placed++;
        }
      }
    }
    if (refused !== 0) {
      reason[i] = refused;
      continue;
    }
    let best = 0;
    for (let group = 1; group <= 12; group++) best = Math.max(best, right[group] as number);
    const rule =
      placed === 48
        ? 1
        : placed === 46
          ? 2
          : placed === 45
            ? 3
            : right[groups[team - 1] as number] === 4
              ? 4
              : best === 4
                ? 5
                : best >= 3
                  ? 6
                  : 0;
    milli[i] = POINTS[rule] as number;
    fired[i] = FIRED[rule] as bigint;
    tie[i] = placed;
  }
  return { milli, fired, reason, tie };
}

/** The same outputs by one CASE each, over `home`, `away`, `rh`, `ra`. */
const inBounds = ['away', 'home', 'ra', 'rh'].map((column) => `${column} between 0 and 99`).join(' and ');
const paying = (exact: number, difference: number, tendency: number): string =>
  `case when home = rh and away = ra then ${exact} when home - away = rh - ra and home <> away then ${difference} when sign(home - away) = sign(rh - ra) then ${tendency} else 0 end`;
const reasons = ['away', 'home', 'ra', 'rh']
  .map(
    (column, i) =>
      `when ${column} is null then ${5 * i + 1} when ${column} < 0 then ${5 * i + 3} when ${column} > 99 then ${5 * i + 4}`,
  )
  .join(' ');
export const KICKTIPP_CASE: string = `
  select (case when ${inBounds} then ${paying(4000, 3000, 2000)} end)::int4 as milli,
    (case when ${inBounds} then ${paying(1, 2, 3)} else 0 end)::int8 as fired,
    (case ${reasons} else 0 end)::int2 as reason,
    (case when ${inBounds} then case when home = rh and away = ra then 1 else 0 end end)::int4 as tie_1
  from prediction`;

/** The draw contest as a person would write it: count right teams per group, once, then one CASE. */
export const DRAW_CASE: string = `
  select (case when ok then ${'case rule when 1 then 100000 when 2 then 80000 when 3 then 60000 when 4 then 50000 when 5 then 40000 when 6 then 20000 else 0 end'} end)::int4 as milli,
    (case when ok then rule else 0 end)::int8 as fired, (case when ok then 0 else 1 end)::int2 as reason,
    (case when ok then placed end)::int4 as tie_1
  from draw cross join lateral (
    select ok, placed, case when placed = 48 then 1 when placed = 46 then 2 when placed = 45 then 3
      when marked_right = 4 then 4 when best = 4 then 5 when best >= 3 then 6 else 0 end as rule
    from (
      select coalesce(sum(n), 0) as placed, max(n) as best, max(n) filter (where g = groupof[marked]) as marked_right,
        cardinality(teams) = 48 and cardinality(groupof) = 48 and marked between 1 and 48
          and 1 <= all (teams) and 48 >= all (teams) and 1 <= all (groupof) and 12 >= all (groupof)
          and (select count(distinct t) from unnest(teams) t) = 48 as ok
      from (select g, count(*) filter (where groupof[t] = g) as n
            from (select t, (k - 1) / 4 + 1 as g from unnest(teams) with ordinality as u (t, k)) placed_teams group by g) groups
    ) counted offset 0
  ) judged`;
