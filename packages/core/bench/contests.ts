/**
 * `npm run bench -- contests`: the table of a group, what is still possible for an entrant of a contest, and the linter on
 * 49 520 real matches. What-if is compared with trying every combination of outcomes, on a contest that is small enough
 * for that.
 */
import {
  drawContest,
  kicktipp,
  lintRuleSet,
  type OpenMatch,
  openMatch,
  scorelines,
  whatIf,
} from '@scorekeep/core/contests';
import { fifa2026, standings } from '@scorekeep/core/tournaments';
import { type Bench, measure, ratioOf, rowsOf } from '../../../tooling/measure.ts';
import { internationalResults } from '../src/contests/lint/testing/international-results.ts';

const bench: Bench = async ({ quick, progress }) => {
  const rounds = quick ? 3 : 9;
  const group = groupOfFour();
  const tables = await measure({
    contenders: [
      { case: 'standings-group-of-4', items: 1000, run: () => repeat(1000, () => standings(group, fifa2026)) },
    ],
    rounds,
    progress,
  });

  const pages = quick ? [contest(100, 5)] : [contest(100, 5), contest(1000, 5), contest(1000, 10)];
  const possible = await measure({
    contenders: pages.map((page) => ({
      case: `what-if-${page.totals.length}-entrants-${page.matches.length}-matches`,
      items: 10,
      // From the leader to the last, evenly.
      run: () =>
        repeat(10, (i) => whatIf({ ...page, entrant: page.order[Math.floor((i * page.totals.length) / 10)] ?? 0 })),
    })),
    rounds,
    progress,
  });
  const small = contest(6, quick ? 3 : 4);
  const compared = await measure({
    contenders: [
      {
        case: 'what-if-6-entrants',
        items: 6,
        run: () => repeat(6, (entrant) => whatIf({ ...small, entrant })),
      },
      {
        case: 'every-combination',
        items: 6,
        run: () => repeat(6, (entrant) => everyCombination(small.totals, small.matches, entrant)),
      },
    ],
    rounds,
    progress,
  });

  const results = internationalResults();
  const groupOf = Array.from({ length: 48 }, (_, i) => 1 + (i % 12));
  const linted = await measure({
    contenders: [
      { case: 'lint-kicktipp-49520-matches', items: 1, run: () => lintRuleSet(kicktipp, { results }) },
      {
        case: 'lint-draw-contest',
        items: 1,
        run: () => lintRuleSet(drawContest, { results: [{ groupOf, marked: 7 }] }),
      },
    ],
    rounds,
    progress,
  });
  return {
    bench: 'contests',
    rows: [
      ...rowsOf(tables, 'table'),
      ...rowsOf(possible, 'question'),
      ...rowsOf(compared, 'question'),
      ...rowsOf(linted, 'rule set'),
    ],
    ratios: { 'what-if_vs_every-combination': ratioOf(compared, 'what-if-6-entrants', 'every-combination') },
  };
};

export default bench;

function repeat(times: number, run: (i: number) => unknown): void {
  for (let i = 0; i < times; i++) run(i);
}

/** Entrants who predict common scorelines, with totals up to 20 points apart; the same every time. */
function contest(entrants: number, matches: number): { totals: number[]; matches: OpenMatch[]; order: number[] } {
  const random = generator(entrants * 100 + matches);
  const goals = (): number => [0, 0, 0, 1, 1, 1, 1, 2, 2, 3][Math.floor(random() * 10)] ?? 0;
  const totals = Array.from({ length: entrants }, () => 1000 * Math.floor(30 + 20 * random()));
  const open = Array.from({ length: matches }, (_, m) => {
    const predictions = totals.map(() => ({ home: goals(), away: goals() }));
    return openMatch(kicktipp, `match ${m}`, predictions, scorelines(6));
  });
  const order = totals.map((_, i) => i).sort((a, b) => (totals[b] ?? 0) - (totals[a] ?? 0));
  return { totals, matches: open, order };
}

/** Numbers from 0 up to 1: a linear congruential generator (Numerical Recipes). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Whether the entrant can finish first, and with which outcomes of each match: by trying all combinations. */
function everyCombination(
  totals: readonly number[],
  matches: readonly OpenMatch[],
  entrant: number,
): readonly ReadonlySet<number>[] {
  const possible = matches.map(() => new Set<number>());
  const choice: number[] = [];
  const visit = (m: number, at: readonly number[]): void => {
    const match = matches[m];
    if (match === undefined) {
      const own = at[entrant] ?? 0;
      if (at.every((total) => total <= own)) for (const [k, o] of choice.entries()) possible[k]?.add(o);
      return;
    }
    for (const [o, { milli }] of match.outcomes.entries()) {
      choice[m] = o;
      visit(
        m + 1,
        at.map((total, e) => total + (milli[e] ?? 0)),
      );
    }
  };
  visit(0, totals);
  return possible;
}

function groupOfFour() {
  const teams = ['A', 'B', 'C', 'D'];
  const pairs = teams.flatMap((home, i) => teams.slice(i + 1).map((away) => ({ home, away })));
  return { teams, matches: pairs.map((pair, i) => ({ ...pair, scoreline: [i % 3, (i * 2) % 3] as const })) };
}
