import { type FoldState, toFold } from '@scorekeep/core/rules';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withKeep } from '../testing/with-keep.ts';
import { fieldReader } from './event-columns.ts';
import { games, playFold, playsBy } from './testing/plays.ts';

/** What a client may send: fields that are missing, of another type, too great, in fractions. */
const sent = fc.record(
  {
    user_id: fc.constantFrom('ann', 'bob', 'cid'),
    seconds: fc.constant(1e9),
    score: fc.oneof(
      { weight: 5, arbitrary: fc.integer({ min: 0, max: 30 }) },
      fc.constantFrom(2.5, -1, 1_000_001, 1e21),
    ),
    moves: fc.oneof(
      fc.record({ combo: fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.constantFrom('7', null, true)) }),
      fc.constantFrom(null, 'none', 3, [{ combo: 1 }]),
    ),
    practice: fc.constantFrom(true, false, false, 'yes', null, 0),
  },
  { requiredKeys: ['user_id', 'seconds', 'score'] },
);

test('Postgres, JavaScript and the pure fold come to the same states, whatever events hold and however they are batched', async () => {
  await withKeep(async (keep) => {
    const [sql, js] = [playsBy('sql', 'in_sql'), playsBy('js', 'in_js')];
    const fold = toFold(playFold);
    const fieldsOf = fieldReader(playFold, sql.paths);
    let n = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(sent, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 0, max: 9 }),
        async (events, minutes) => {
          const time = new Date(Date.now() - minutes * 60_000).toISOString();
          const batch = events.map((data) => ({ id: `e${n++}`, type: 'game_ended', time, data }));
          await keep.ingest(games, batch);
          const done = [await keep.projections.catchUp(sql), await keep.projections.catchUp(js)];
          expect(done[0]).toBe(done[1]);
        },
      ),
      { numRuns: 40 },
    );
    const pure = new Map<string, FoldState>();
    for await (const event of keep.logs.replay(games)) {
      pure.set(event.subject, fold.step(pure.get(event.subject) ?? fold.initial, fieldsOf(event)));
    }
    expect(pure.size).toBe(3);
    for (const [subject, state] of pure) {
      expect(await keep.projections.state(sql, subject)).toEqual(state);
      expect(await keep.projections.state(js, subject)).toEqual(state);
    }
  });
});
