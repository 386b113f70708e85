import { describe, expect, test } from 'vitest';
import { qualified } from './qualified.ts';
import { standings } from './standings.ts';
import { fifa2026 } from './standings-rules.ts';

// B and C share rank 2.
const matches = [
  { home: 'A', away: 'D', scoreline: [1, 0] as const },
  { home: 'B', away: 'C', scoreline: [1, 1] as const },
];
const table = standings({ teams: ['A', 'B', 'C', 'D'], matches }, fifa2026);

describe('the line', () => {
  test.each([
    [0, [], []],
    [1, ['A'], []],
    [2, ['A'], ['B', 'C']],
    [3, ['A', 'B', 'C'], []],
    [4, ['A', 'B', 'C', 'D'], []],
    [9, ['A', 'B', 'C', 'D'], []],
  ])('below %i teams lets %j through and leaves %j to be decided', (count, through, undecided) => {
    expect(qualified(table, count)).toEqual({ qualified: through, undecided });
  });
});
