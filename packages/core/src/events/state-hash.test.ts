import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stateHash } from './state-hash.ts';

test("the hash of an example, as Python's hashlib has it", () => {
  expect(stateHash({ round: 1, redeals: 0, declared: [0, 3, 2, 0], scores: [3, 8, -2, -2] })).toBe(
    '6393096157016d500dd4776e6b344929786f62ae0374887ea2c868f9abc4dd97',
  );
});

test('two states have the same hash exactly when they are the same JSON', () => {
  const state = fc.jsonValue({ maxDepth: 2 });
  fc.assert(
    fc.property(state, state, (a, b) => {
      const same = (value: unknown) => JSON.stringify(sorted(value));
      expect(stateHash(a) === stateHash(b)).toBe(same(a) === same(b));
      expect(stateHash(JSON.parse(JSON.stringify(a)))).toBe(stateHash(a));
    }),
  );
});

test('a member that is undefined is absent', () => expect(stateHash({ a: 1, b: undefined })).toBe(stateHash({ a: 1 })));

const cycle: Record<string, unknown> = {};
cycle['self'] = cycle;

test.each<[string, unknown, string]>([
  ['undefined', undefined, 'state'],
  ['a Map', { players: new Map() }, 'state.players'],
  ['a Set', [new Set()], 'state[0]'],
  ['a Date', { at: new Date(0) }, 'state.at'],
  ['NaN', { list: [1, Number.NaN] }, 'state.list[1]'],
  ['a bigint', { n: 1n }, 'state.n'],
  ['a function', { f: () => 0 }, 'state.f'],
  ['half a surrogate pair', { text: '\ud800' }, 'state.text'],
  ['a hole', Array(1), 'state[0]'],
  ['a cycle', cycle, 'nested deeper than 200'],
])('%s in a state is refused with its place', (_, state, place) => {
  expect(() => stateHash(state)).toThrow(
    expect.objectContaining({ code: 'VALUE_INVALID', message: expect.stringContaining(place) }),
  );
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => [key, sorted(member), 'member']);
}
