import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { connect } from '../connect.ts';
import type { Sql } from '../postgres/sql.ts';
import { onDatabase } from '../testing/contest.ts';
import { arcade, correctRound, createArcade } from './testing/arcade.ts';
import { recount, wrongBuckets } from './testing/recount.ts';

// Each board alone: where there are several, the first one's locks would order the others too.
describe.each(['weekly', 'latest', 'monthly'])('on the board %s', (name) => {
  test.each([
    ['a correction that waits for new scores of the same subjects', 'scored first'],
    ['new scores that wait for a correction of the same subjects', 'corrected first'],
    ['a correction that waits for another', 'both corrected'],
  ] as const)('%s loses neither', async (_, order) => {
    const { url } = await testDatabase();
    await createArcade(url, { players: 20, runs: 12, rounds: 12 });
    const { runs, boards: all } = arcade();
    const boards = all.filter((board) => board.name === name);
    const keep = await connect({ url });
    const [one, other] = [new pg.Client(url), new pg.Client(url)];
    await Promise.all([one.connect(), other.connect()]);
    try {
      for (const board of boards) await keep.top(board);
      // Round 2 has no result yet, so that its scores are new ones.
      await onDatabase(url, (client) => client.query('update round set factor = null where id = 2'));
      await keep.run(runs, { inline: true });
      const score = async (client: pg.Client): Promise<void> => {
        await client.query('begin');
        await client.query('update round set factor = 9 where id = 2');
        await keep.run(runs, { where: { round: 2 }, tx: client, inline: true });
      };
      const correct = async (client: pg.Client, round: number): Promise<void> => {
        await client.query('begin');
        await client.query(correctRound, [round, 3]);
        await keep.run(runs, { where: { round }, tx: client, inline: true });
      };
      const [first, second] = {
        'scored first': [() => score(one), () => correct(other, 3)],
        'corrected first': [() => correct(one, 3), () => score(other)],
        'both corrected': [() => correct(one, 3), () => correct(other, 4)],
      }[order] as [() => Promise<void>, () => Promise<void>];
      await first();
      const waiting = second();
      const blocked = `select count(*)::int as n from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
      await expect
        .poll(() => onDatabase(url, async (client) => (await client.query(blocked)).rows[0].n), { timeout: 60_000 })
        .toBe(1);
      await one.query('commit');
      await waiting;
      await other.query('commit');
      for (const board of boards) {
        for (const [window, entries] of Object.entries(await recount(url, board))) {
          expect(await keep.top(board, { window, limit: 10_000 }), `${board.name} ${window}`).toEqual(entries);
        }
        expect(await wrongBuckets(url, board), board.name).toEqual([]);
      }
    } finally {
      await Promise.all([one.end(), other.end()]);
      await keep.stop();
    }
  });

  test('scores that come between the lock of a correction and its end wait for it', async () => {
    const { url } = await testDatabase();
    await createArcade(url, { players: 20, runs: 12, rounds: 12 });
    const { runs, boards } = arcade();
    const board = boards.find((one) => one.name === name);
    if (board === undefined) throw new Error(`no board ${name}`);
    const keep = await connect({ url });
    const [scorer, corrector] = [new pg.Client(url), new pg.Client(url)];
    await Promise.all([scorer.connect(), corrector.connect()]);
    const blocked = async (): Promise<boolean> => {
      const { rows } = await keep.transaction((tx) =>
        tx.query(`select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`),
      );
      return rows.length > 0;
    };
    try {
      await keep.top(board);
      await onDatabase(url, (client) => client.query('update round set factor = null where id = 2'));
      await keep.run(runs, { inline: true });
      let scored = false;
      let scoring: Promise<unknown> = Promise.resolve();
      const between: Sql = {
        async query(text, values) {
          if (text.startsWith('with pair as')) {
            await scorer.query('begin');
            await scorer.query('update round set factor = 9 where id = 2');
            scoring = keep.run(runs, { where: { round: 2 }, tx: scorer, inline: true }).then(() => {
              scored = true;
            });
            await expect.poll(async () => scored || (await blocked()), { timeout: 20_000 }).toBe(true);
          }
          return corrector.query(text, values);
        },
      };
      await corrector.query('begin');
      await corrector.query(correctRound, [3, 3]);
      let corrected = false;
      const correcting = keep.run(runs, { where: { round: 3 }, tx: between, inline: true }).then(() => {
        corrected = true;
      });
      await expect.poll(async () => corrected || (scored && (await blocked())), { timeout: 20_000 }).toBe(true);
      // Whichever of the two has the lock ends first.
      if (scored) await scorer.query('commit');
      await correcting;
      await corrector.query('commit');
      await scoring;
      if (!scored) throw new Error('not scored');
      await scorer.query('commit');
      for (const [window, entries] of Object.entries(await recount(url, board))) {
        expect(await keep.top(board, { window, limit: 10_000 }), window).toEqual(entries);
      }
      expect(await wrongBuckets(url, board)).toEqual([]);
    } finally {
      await Promise.all([scorer.end(), corrector.end()]);
      await keep.stop();
    }
  });
});
