/**
 * The draw of the 2026 World Cup: groups A to L, four teams each.
 * Source: github.com/openfootball/worldcup.json, 2026/worldcup.groups.json (CC0 1.0).
 */
const DRAW_2026: readonly (readonly string[])[] = [
  ['Mexico', 'South Africa', 'South Korea', 'Czech Republic'],
  ['Canada', 'Bosnia & Herzegovina', 'Qatar', 'Switzerland'],
  ['Brazil', 'Morocco', 'Haiti', 'Scotland'],
  ['USA', 'Paraguay', 'Australia', 'Turkey'],
  ['Germany', 'Curaçao', 'Ivory Coast', 'Ecuador'],
  ['Netherlands', 'Japan', 'Sweden', 'Tunisia'],
  ['Belgium', 'Egypt', 'Iran', 'New Zealand'],
  ['Spain', 'Cape Verde', 'Saudi Arabia', 'Uruguay'],
  ['France', 'Senegal', 'Iraq', 'Norway'],
  ['Argentina', 'Algeria', 'Austria', 'Jordan'],
  ['Portugal', 'DR Congo', 'Uzbekistan', 'Colombia'],
  ['England', 'Croatia', 'Ghana', 'Panama'],
];

/** Team numbers in alphabetical order, so that a number says nothing about a group. */
const NUMBERS: ReadonlyMap<string, number> = new Map(
  DRAW_2026.flat()
    .sort()
    .map((team, i) => [team, i + 1]),
);

export const numberOf = (team: string): number => NUMBERS.get(team) ?? 0;

/** The true group, 1 to 12, of team number 1, 2, … */
export const GROUP_OF: readonly number[] = [...NUMBERS.keys()].map(
  (team) => DRAW_2026.findIndex((group) => group.includes(team)) + 1,
);

/** The draw as a prediction, with some pairs of teams exchanged. */
export function predicted(...swaps: readonly (readonly [string, string])[]): number[] {
  const order = DRAW_2026.flat();
  for (const [a, b] of swaps) {
    const [i, j] = [order.indexOf(a), order.indexOf(b)];
    [order[i], order[j]] = [b, a];
  }
  return order.map(numberOf);
}

/** Goldens: what a prediction is worth in points, and how many teams are in their right group. */
export const GOLDENS: readonly (readonly [what: string, teams: readonly number[], points: number, placed: number])[] = [
  ['the draw itself', predicted(), 100, 48],
  ['one swap between two groups', predicted(['Mexico', 'Canada']), 80, 46],
  ['three teams in a circle', predicted(['Mexico', 'Canada'], ['Mexico', 'Brazil']), 60, 45],
  ['two swaps, the group of Iran intact', predicted(['Mexico', 'Canada'], ['Brazil', 'USA']), 50, 44],
  ['two swaps, one of them with Iran', predicted(['Mexico', 'Canada'], ['Iran', 'USA']), 40, 44],
  ['every group one further', [...predicted().slice(4), ...predicted().slice(0, 4)], 0, 0],
  ['three of one group, everything else one further', threeOfOne(), 20, 3],
  [
    'the order inside the groups reversed',
    predicted().map((_, i, all) => all[i - (i % 4) + 3 - (i % 4)] ?? 0),
    100,
    48,
  ],
];

/** Group A's first three stay; all the other 45 places hold teams of other groups than theirs. */
function threeOfOne(): number[] {
  const teams = predicted();
  const others = teams.slice(3);
  return [...teams.slice(0, 3), ...others.slice(4), ...others.slice(0, 4)];
}
