import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assertCrowdSnapshot, type CrowdPick, crowdCounts, crowdSnapshot } from './crowd-snapshot.ts';

const pick = (match: string, entrant: string, pick: string | null): CrowdPick => ({ match, entrant, pick });

test('counts picks by match, and not the entrants who did not pick', () => {
  const snapshot = crowdSnapshot([
    pick('m2', 'a', '2-1'),
    pick('m1', 'a', 'home'),
    pick('m1', 'b', 'home'),
    pick('m1', 'c', 'away'),
    pick('m1', 'd', null),
  ]);
  expect(crowdCounts(snapshot, 'm1', 'home')).toEqual({ picked: 2, poolTotal: 3 });
  expect(crowdCounts(snapshot, 'm1', 'draw')).toEqual({ picked: 0, poolTotal: 3 });
  expect(crowdCounts(snapshot, 'm2', '2-1')).toEqual({ picked: 1, poolTotal: 1 });
  expect(crowdCounts(snapshot, 'm3', 'home')).toEqual({ picked: 0, poolTotal: 0 });
});

const picks = fc
  .uniqueArray(fc.tuple(fc.string({ maxLength: 2 }), fc.string({ maxLength: 2 })), { selector: String, maxLength: 40 })
  .chain((keys) =>
    fc.tuple(...keys.map(([m, e]) => fc.constantFrom('1', 'X', '2', '__proto__', null).map((p) => pick(m, e, p)))),
  );

test('has the same hash whatever the order of the picks', () => {
  fc.assert(
    fc.property(picks, (list) => {
      expect(crowdSnapshot(list.toReversed())).toEqual(crowdSnapshot(list));
    }),
    { seed: 1 },
  );
});

test('counts every pick once', () => {
  fc.assert(
    fc.property(picks, (list) => {
      const snapshot = crowdSnapshot(list);
      for (const { match, pick } of list) {
        const same = list.filter((one) => one.match === match);
        expect(crowdCounts(snapshot, match, pick ?? '')).toEqual({
          picked: pick === null ? 0 : same.filter((one) => one.pick === pick).length,
          poolTotal: same.filter((one) => one.pick !== null).length,
        });
      }
    }),
    { seed: 1 },
  );
});

test('survives JSON, and is refused once a count was edited', () => {
  const stored = JSON.parse(JSON.stringify(crowdSnapshot([pick('m1', 'a', 'home'), pick('m1', 'b', 'away')])));
  expect(() => assertCrowdSnapshot(stored)).not.toThrow();
  stored.matches[0].poolTotal = 3;
  expect(() => assertCrowdSnapshot(stored)).toThrow(
    /its counts have [0-9a-f]{64}. Restore the counts that were frozen/,
  );
});

test('an entrant with two picks for a match is refused by name', () => {
  expect(() => crowdSnapshot([pick('m1', 'ada', 'home'), pick('m1', 'ada', 'home')])).toThrow(
    'Entrant "ada" has two picks for match "m1"; keep one.',
  );
});
