import { type FoldState, toFold } from '@scorekeep/core/rules';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { board } from '../boards/board.ts';
import { ended, gameLog } from '../log/testing/game.ts';
import { projection } from '../projections/projection.ts';
import { onDatabase } from '../testing/contest.ts';
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
      { numRuns: 25 },
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

test('over a sealed log a fold runs in the worker; once a subject is erased a rebuild has nothing of it', async () => {
  await withKeep(async (keep) => {
    const sealed = gameLog({ erasable: true }, 'sealed');
    const play = projection('play', { from: sealed, fold: playFold, paths: { at: 'time', combo: 'data.moves.combo' } });
    await keep.ingest(sealed, [ended(1, 'ann', { score: 5 }), ended(2, 'bob', { score: 7 })]);
    await keep.projections.catchUp(play);
    expect(await keep.projections.state(play, 'ann')).toMatchObject({ total: 5, games: 1 });
    await keep.logs.erase(sealed, 'ann');
    expect((await keep.projections.rebuild(play)).differences).toMatchObject({
      subjects: 1,
      examples: [{ subject: 'ann', after: null }],
    });
    expect(await keep.projections.state(play, 'ann')).toBeUndefined();
    expect(await keep.projections.state(play, 'bob')).toMatchObject({ total: 7 });
    expect(() => board('sealed', { of: play, by: 'total' })).toThrow('is sealed');
    expect(() => projection('sealed', { from: sealed, fold: playFold, backend: 'sql' })).toThrow('is sealed');
  });
});

test('a batch that is too much for Postgres is divided until it is not, and no event is to blame', async () => {
  await withKeep(async (keep, url) => {
    await onDatabase(url, (client) => client.query('create table slow (n int)'));
    const slow = projection('slow', {
      from: games,
      apply: async (tx, events) => {
        const tooMuch = `do $$ begin raise exception 'too much' using errcode = 'configuration_limit_exceeded'; end $$`;
        if (events.length > 5) await tx.query(tooMuch);
        await tx.query('insert into slow select generate_series(1, $1::int)', [events.length]);
      },
    });
    await keep.ingest(
      games,
      Array.from({ length: 20 }, (_, n) => ended(n, 'ann')),
    );
    await keep.projections.catchUp(slow);
    expect(await keep.projections.status(slow)).toMatchObject({ passed: 20, parked: 0 });
    const { rows } = await onDatabase(url, (client) => client.query('select count(*)::int as n from slow'));
    expect(rows).toEqual([{ n: 20 }]);
  });
});
