import type { RuleSet } from '../rules/index.ts';

const side = { type: 'int', min: 0, max: 2 } as const;
const total = { type: 'int', min: 0, max: 999, optional: true } as const;

/**
 * Each right winner pays the confidence that the entrant put on it: 16 matches, values 1 to 16 once each, 136 points at
 * most. Equal totals are parted by who came closest to the points scored in the last match of the round, else they share;
 * who left that guess out is behind every guess.
 *
 * Sides are 1 home, 2 away, 0 a draw. Leave `lastTotal` out of every match but the last of the round. That values occur
 * once each is a matter of the entry: {@link parseConfidenceEntry}.
 */
export const confidencePool: RuleSet = {
  id: 'confidence-pool',
  version: 2,
  mode: 'first',
  fields: {
    pick: side,
    winner: side,
    confidence: { type: 'int', min: 1, max: 16 },
    lastTotal: total,
    resultLastTotal: total,
  },
  rules: [
    {
      id: 'winner',
      when: ['eq', '$pick', '$winner'],
      points: ['mul', 1000, '$confidence'],
      label: 'Winner, by confidence',
    },
  ],
  tieBreak: [
    {
      id: 'lastMatchError',
      value: [
        'if',
        ['present', '$resultLastTotal'],
        [
          'if',
          ['present', '$lastTotal'],
          ['abs', ['sub', ['else', '$lastTotal', 0], ['else', '$resultLastTotal', 0]]],
          1000,
        ],
        0,
      ],
      order: 'asc',
    },
  ],
};
