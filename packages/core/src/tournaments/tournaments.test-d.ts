import { test } from 'vitest';
import { fifa2026, type GroupMatch, type StandingsRules } from './index.ts';

test('rules that no competition could mean do not compile', () => {
  // @ts-expect-error There is no such criterion.
  const unknown: StandingsRules = { ...fifa2026, order: ['points', 'shirtColour'] };
  // @ts-expect-error Teams of different groups did not play each other.
  const across: StandingsRules = { ...fifa2026, acrossGroups: [{ headToHead: ['points'], reapply: true }] };
  // @ts-expect-error A scoreline has two numbers.
  const three: GroupMatch = { home: 'A', away: 'B', scoreline: [1, 0, 0] };
  // @ts-expect-error There is no blue card.
  const blue: GroupMatch = { home: 'A', away: 'B', scoreline: [1, 0], homeCards: { blue: 1 } };
  return [unknown, across, three, blue];
});
