import { test } from 'vitest';
import { buildRuleSet, operators } from './build-rule-set.ts';

const { add, and, eq, lt, present } = operators;
const head = {
  id: 'x',
  version: 1,
  fields: {
    home: { type: 'int', min: 0, max: 9 },
    joker: { type: 'bool', optional: true },
    group: { type: 'text' },
  },
} as const;

test('what cannot be meant does not compile', () => {
  buildRuleSet(head, ({ home, joker, group }, op) => {
    // @ts-expect-error a number is no condition
    and(home, true);
    // @ts-expect-error a condition is no number
    add(eq(home, 1), 1);
    // @ts-expect-error a text is not ordered
    lt(group, home);
    // @ts-expect-error a text is not equal to a number
    eq(group, 1);
    // @ts-expect-error an optional field may be missing
    and(joker, true);
    // @ts-expect-error a required field is always present
    present(home);
    // @ts-expect-error the default has the field's type
    op.else(joker, 1);
    // @ts-expect-error there is no such rounding
    op.div(home, 2, 'up');
    return { mode: 'sum', rules: [{ id: 'r', when: op.else(joker, false), points: op.if(present(joker), home, 0) }] };
  });
  buildRuleSet(head, (fields) => {
    // @ts-expect-error there is no such field
    const { away } = fields;
    return { mode: 'sum', rules: [{ id: 'r', when: true, points: away }] };
  });
});
