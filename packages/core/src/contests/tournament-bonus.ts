import type { RuleSet } from '../rules/index.ts';

const team = { type: 'int', min: 1, max: 128 } as const;

/**
 * A group of a tournament: its winner 8, its runner-up 8, 4 for each of the two that finished in the other's place, third
 * 4. Teams are numbers. Source: soccer-match.co.uk.
 */
export const groupBonus: RuleSet = {
  id: 'group-bonus',
  version: 1,
  mode: 'sum',
  fields: { first: team, second: team, third: team, resultFirst: team, resultSecond: team, resultThird: team },
  rules: [
    { id: 'first', when: ['eq', '$first', '$resultFirst'], points: 8000, label: 'Group winner' },
    { id: 'second', when: ['eq', '$second', '$resultSecond'], points: 8000, label: 'Runner-up' },
    { id: 'firstCameSecond', when: ['eq', '$first', '$resultSecond'], points: 4000, label: 'Group winner came second' },
    { id: 'secondCameFirst', when: ['eq', '$second', '$resultFirst'], points: 4000, label: 'Runner-up came first' },
    { id: 'third', when: ['eq', '$third', '$resultThird'], points: 4000, label: 'Third' },
  ],
};

/**
 * A team predicted to get as far as `stage`, 1 quarter-final, 2 semi-final, 3 final, 4 winner: 8 when `reached`, how far it
 * got (0 not to the quarter-finals), is at least that. Source: soccer-match.co.uk.
 */
export const stageBonus: RuleSet = {
  id: 'stage-bonus',
  version: 1,
  mode: 'first',
  fields: { stage: { type: 'int', min: 1, max: 4 }, reached: { type: 'int', min: 0, max: 4 } },
  rules: [{ id: 'reached', when: ['le', '$stage', '$reached'], points: 8000, label: 'Team got as far as predicted' }],
};

const order = { type: 'ints', length: 4, min: 1, max: 128, distinct: true } as const;

/**
 * The order of a group of four, first to last: all right 15, else the two who qualify in the right order 10, else the two
 * in the wrong order 5. Source: allinone.
 */
export const groupOrder: RuleSet = {
  id: 'group-order',
  version: 1,
  mode: 'first',
  fields: { order, resultOrder: order },
  rules: [
    {
      id: 'order',
      when: ['eq', ['agree', '$order', '$resultOrder', 1, 4], 4],
      points: 15_000,
      label: 'Order of the group',
    },
    {
      id: 'qualifiers',
      when: ['eq', ['agree', '$order', '$resultOrder', 1, 2], 2],
      points: 10_000,
      label: 'Qualifiers',
    },
    {
      id: 'qualifiersSwapped',
      when: [
        'and',
        ['eq', ['at', '$order', 1], ['at', '$resultOrder', 2]],
        ['eq', ['at', '$order', 2], ['at', '$resultOrder', 1]],
      ],
      points: 5000,
      label: 'Qualifiers, in the other order',
    },
  ],
};
