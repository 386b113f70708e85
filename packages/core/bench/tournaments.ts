/**
 * `npm run bench -- tournaments`: tables of the World Cup's size and of a league, the thirds, the bracket, and the outlook of a
 * group before its last two matches. Reference: a table by points, difference and goals alone, written by hand.
 */
import {
  bestThirds,
  fifa2026,
  fifa2026Bracket,
  fillBracket,
  type Group,
  groupOutlook,
  standings,
} from '@scorekeep/core/tournaments';
import { type Bench, measure, ratioOf, rowsOf } from '../../../tooling/measure.ts';

const bench: Bench = async ({ quick, progress }) => {
  const rounds = quick ? 3 : 9;
  const repeats = quick ? 20 : 200;
  const groups = [...'ABCDEFGHIJKL'].map((letter) => everyoneOnce(letter, 4));
  const leagues = [everyoneOnce('league', 20)];
  const ranking = groups.flatMap(({ teams }) => teams);
  const tournament = () => {
    const tables = Object.fromEntries(
      groups.map((group, i) => ['ABCDEFGHIJKL'.charAt(i), standings(group, fifa2026, { ranking })]),
    );
    const thirds = bestThirds(tables, 8, fifa2026, { ranking });
    return fillBracket(fifa2026Bracket, { groups: tables, thirds: thirds.groups });
  };
  const before = groups.map((group) => ({ ...group, matches: group.matches.slice(0, -2) }));
  const times = (count: number, run: () => unknown) => () => {
    for (let i = 0; i < count; i++) run();
  };
  const tables = await measure({
    contenders: [
      {
        case: 'group-of-4',
        items: 12 * repeats,
        run: times(repeats, () => groups.map((group) => standings(group, fifa2026))),
      },
      { case: 'by-hand', items: 12 * repeats, run: times(repeats, () => groups.map(byHand)) },
      {
        case: 'league-of-20',
        items: repeats,
        run: times(repeats, () => leagues.map((league) => standings(league, fifa2026))),
      },
    ],
    rounds,
    progress,
  });
  const stage = await measure({
    contenders: [{ case: 'groups-thirds-bracket', items: repeats, run: times(repeats, tournament) }],
    rounds,
    progress,
  });
  const outlook = await measure({
    contenders: [
      {
        case: 'outlook-of-2-matches-to-5-goals',
        items: quick ? 2 : 12,
        run: () =>
          before.slice(0, quick ? 2 : 12).map((group, i) => {
            return groupOutlook(group, groups[i]?.matches.slice(-2) ?? [], fifa2026, { places: 2 });
          }),
      },
    ],
    rounds,
    progress,
  });
  return {
    bench: 'tournaments',
    rows: [...rowsOf(tables, 'table'), ...rowsOf(stage, 'tournament'), ...rowsOf(outlook, 'group')],
    ratios: { 'group-of-4_vs_by-hand': ratioOf(tables, 'group-of-4', 'by-hand') },
  };
};

export default bench;

/** Everyone against everyone once, with few goals and so with many ties; the same every time. */
function everyoneOnce(name: string, size: number): Group {
  const teams = Array.from({ length: size }, (_, i) => `${name}${i}`);
  let state = name.charCodeAt(0);
  const goals = () => {
    state = (state * 16_807) % 2_147_483_647;
    return state % 3;
  };
  const matches = teams.flatMap((home, i) =>
    teams.slice(i + 1).map((away) => ({ home, away, scoreline: [goals(), goals()] as const })),
  );
  return { teams, matches };
}

function byHand({ teams, matches }: Group) {
  const table = new Map(teams.map((team) => [team, { team, points: 0, difference: 0, goals: 0 }]));
  for (const { home, away, scoreline } of matches) {
    for (const [team, own, other] of [
      [home, scoreline[0], scoreline[1]],
      [away, scoreline[1], scoreline[0]],
    ] as const) {
      const line = table.get(team);
      if (line === undefined) continue;
      line.points += own > other ? 3 : own === other ? 1 : 0;
      line.difference += own - other;
      line.goals += own;
    }
  }
  return [...table.values()].sort((a, b) => b.points - a.points || b.difference - a.difference || b.goals - a.goals);
}
