import { afterEach, describe, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { connect } from '../connect.ts';
import type { Keep } from '../keep.ts';
import type { Projection } from '../projections/projection.ts';
import { onDatabase } from '../testing/contest.ts';
import { type Board, board } from './board.ts';
import { arcade, createArcade, paidWeekly } from './testing/arcade.ts';
import { recount, wrongBuckets } from './testing/recount.ts';

const open: Keep[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((keep) => keep.stop()));
});

async function scored(of: (runs: Projection) => Board): Promise<{ keep: Keep; url: string; board: Board }> {
  const { url } = await testDatabase();
  await createArcade(url, { players: 30, runs: 12, rounds: 12 });
  const keep = await connect({ url });
  open.push(keep);
  const made = of(arcade().runs);
  await keep.top(made);
  await keep.run(made.of as Projection, { inline: true });
  return { keep, url, board: made };
}

const payments = (url: string) =>
  onDatabase(url, async (client) => {
    const { rows } = await client.query<{ window_key: string; paid: number }>(
      'select window_key, count(*)::int as paid from payment group by 1 order by 1',
    );
    return rows;
  });

describe('a window that has ended', () => {
  test('is closed once by four processes that try at once, and archived as core ranks it', async () => {
    const { keep, url, board: made } = await scored((runs) => paidWeekly(runs));
    const others = await Promise.all([connect({ url }), connect({ url }), connect({ url })]);
    open.push(...others);
    const closed = await Promise.all([keep, ...others].map((one) => one.closeWindows(made)));
    const lines = await recount(url, made);
    expect(closed.flat().toSorted()).toEqual(Object.keys(lines).toSorted());
    expect(await payments(url)).toEqual(
      Object.entries(lines)
        .map(([window, entries]) => ({ window_key: window, paid: entries.length }))
        .toSorted((a, b) => (a.window_key < b.window_key ? -1 : 1)),
    );
    for (const [window, entries] of Object.entries(lines)) {
      expect(await keep.archive(made, window, { limit: 10_000 })).toEqual(entries);
      expect(await keep.archive(made, window, { limit: 3, after: 2 })).toEqual(entries.slice(2, 5));
    }
    expect(await keep.closeWindows(made)).toEqual([]);
    const listed = await keep.closedWindows(made);
    expect(listed.map(({ window, entrants }) => [window, entrants])).toEqual(
      Object.keys(lines)
        .toSorted()
        .toReversed()
        .map((window) => [window, lines[window]?.length]),
    );
  });

  test('is closed by a worker on its own', async () => {
    const { keep, url, board: made } = await scored((runs) => paidWeekly(runs));
    await keep.start({ projections: [made.of], boards: [made] });
    const windows = Object.keys(await recount(url, made)).length;
    await expect.poll(async () => (await payments(url)).length, { timeout: 60_000 }).toBe(windows);
  });

  test('stays open when onClose throws, and nothing that it did stays', async () => {
    let calls = 0;
    const {
      keep,
      url,
      board: made,
    } = await scored((runs) =>
      paidWeekly(runs, () => {
        if (++calls === 2) throw new Error('the bank is shut');
      }),
    );
    await expect(keep.closeWindows(made)).rejects.toThrow('the bank is shut');
    expect(await keep.closedWindows(made)).toHaveLength(1);
    expect(await payments(url)).toHaveLength(1);
    await keep.closeWindows(made);
    expect(await payments(url)).toHaveLength(Object.keys(await recount(url, made)).length);
  });

  test('waits for what comes late as long as closeAfter says, and for a run under way', async () => {
    const hundredYears = 100 * 365 * 86_400_000;
    const { keep, url, board: made } = await scored((runs) => paidWeekly(runs, undefined, hundredYears));
    expect(await keep.closeWindows(made)).toEqual([]);
    const eager = board('eager', {
      of: made.of,
      add: 'sum',
      at: 'played_at',
      window: { every: 'day', timeZone: 'UTC' },
    });
    await keep.top(eager);
    await onDatabase(url, (client) => client.query(`update round set factor = 9, revision = 2 where id = 1`));
    const run = await keep.run(made.of as Projection, { where: { round: 1 } });
    expect(await keep.closeWindows(eager)).toEqual([]);
    await keep.cancel(run);
    expect((await keep.closeWindows(eager)).length).toBeGreaterThan(10);
  });

  test('was archived half scored when a run began while the one before it closed: it waits for that run, too', async () => {
    const runs: Promise<unknown>[] = [];
    const {
      keep,
      url,
      board: made,
    } = await scored((of) =>
      paidWeekly(of, async () => {
        if (runs.length > 0) return;
        await onDatabase(url, (client) => client.query(`update round set factor = 9, revision = 2 where id = 1`));
        runs.push(keep.run(made.of as Projection, { where: { round: 1 } }));
        await runs[0];
      }),
    );
    expect(await keep.closeWindows(made)).toHaveLength(1);
    expect(await keep.closedWindows(made)).toHaveLength(1);
    expect(await payments(url)).toHaveLength(1);
    await keep.cancel((await runs[0]) as { id: string });
    expect((await keep.closeWindows(made)).length).toBeGreaterThan(1);
  });

  test('keeps its archive when a correction moves the board afterwards', async () => {
    const { keep, url, board: made } = await scored((runs) => paidWeekly(runs));
    await keep.closeWindows(made);
    const before = await recount(url, made);
    await onDatabase(url, (client) => client.query('update round set factor = 9 - factor, revision = 2'));
    await keep.run(made.of as Projection, { inline: true });
    const after = await recount(url, made);
    expect(after).not.toEqual(before);
    for (const [window, entries] of Object.entries(before)) {
      expect(await keep.archive(made, window, { limit: 10_000 })).toEqual(entries);
      expect(await keep.top(made, { window, limit: 10_000 })).toEqual(after[window]);
    }
    expect(await keep.closeWindows(made)).toEqual([]);
  });
});

describe('prizes', () => {
  const table = { pool: 1750n, places: [1000, 500, 250], ties: 'split' } as const;

  test('add up to the pool, are awarded once, and claimed once by however many who try at once', async () => {
    const { keep, url, board: made } = await scored((runs) => paidWeekly(runs));
    await keep.closeWindows(made);
    for (const window of Object.keys(await recount(url, made))) {
      const prizes = await keep.awardPrizes(made, window, table);
      expect(prizes.reduce((sum, { amount }) => sum + amount, 0n)).toBe(1750n);
      expect(await keep.awardPrizes(made, window, { ...table, pool: 9n })).toEqual(prizes);
      const winner = prizes[0]?.subject ?? '';
      const claims = await Promise.all(
        [1, 2, 3, 4].map(() => keep.transaction((tx) => keep.claimPrize(made, window, winner, { tx }))),
      );
      expect(claims.map(({ state }) => state).toSorted()).toEqual([
        'claimed',
        'claimed-before',
        'claimed-before',
        'claimed-before',
      ]);
      const marked = await keep.prizes(made, window);
      expect(marked.filter(({ claimedAt }) => claimedAt !== null).map(({ subject }) => subject)).toEqual([winner]);
    }
  });

  test('are not claimed when the transaction that credits them rolls back', async () => {
    const { keep, url, board: made } = await scored((runs) => paidWeekly(runs));
    await keep.closeWindows(made);
    const [window = ''] = Object.keys(await recount(url, made));
    const [first] = await keep.awardPrizes(made, window, table);
    const claim = (fail: boolean) =>
      keep.transaction(async (tx) => {
        const { state } = await keep.claimPrize(made, window, first?.subject ?? '', { tx });
        if (fail) throw new Error('no wallet');
        return state;
      });
    await expect(claim(true)).rejects.toThrow('no wallet');
    expect(await claim(false)).toBe('claimed');
    expect(await keep.transaction((tx) => keep.claimPrize(made, window, 'nobody', { tx }))).toEqual({
      state: 'no-prize',
    });
  });

  test('are not awarded while a window is open, nor by a table that is wrong', async () => {
    const { keep, url, board: made } = await scored((runs) => paidWeekly(runs));
    const [window = ''] = Object.keys(await recount(url, made));
    await expect(keep.awardPrizes(made, window, table)).rejects.toMatchObject({ code: 'WINDOW_OPEN' });
    await keep.closeWindows(made);
    for (const wrong of [
      { ...table, pool: -1n },
      { ...table, pool: 2n ** 70n },
      { ...table, places: [] },
    ]) {
      await expect(keep.awardPrizes(made, window, wrong)).rejects.toMatchObject({ code: 'DEFINITION_INVALID' });
    }
    expect(await keep.prizes(made, window)).toEqual([]);
  });
});

describe('a subject that is taken off a board', () => {
  test('lets everybody else move up in every window, goes on being scored, and comes back with its points', async () => {
    const { keep, url, board: made } = await scored((runs) => paidWeekly(runs));
    const exact = async () => {
      const lines = await recount(url, made);
      for (const [window, entries] of Object.entries(lines)) {
        expect(await keep.top(made, { window, limit: 10_000 })).toEqual(entries);
      }
      expect(await wrongBuckets(url, made)).toEqual([]);
      return lines;
    };
    const before = await exact();
    const cheat = Object.values(before)[0]?.[0]?.subject ?? '';
    const by = 'referee 7';
    expect(await keep.exclude(made, cheat.toUpperCase(), { by, reason: 'speed hack' })).toBe(true);
    expect(await keep.exclude(made, cheat, { by, reason: 'again' })).toBe(false);
    const without = await exact();
    expect(
      Object.values(without)
        .flat()
        .some(({ subject }) => subject === cheat),
    ).toBe(false);
    expect(await keep.ranks(made, [cheat], { window: Object.keys(before)[0] ?? '' })).toEqual([]);
    // Corrected, given new runs, and in a window that is new to it, all while it is off.
    await onDatabase(url, (client) =>
      client.query(
        `update round set factor = 9 - factor, revision = 2;
         insert into play select player, 100 + r, 1, 9, 1, 1, timestamptz '2026-06-01' + r * interval '1 week' from (select distinct player from play) p, generate_series(1, 2) r`,
      ),
    );
    await keep.run(made.of as Projection, { inline: true });
    await exact();
    expect(await keep.readmit(made, cheat, { by: 'referee 8' })).toBe(true);
    expect(await keep.readmit(made, cheat, { by })).toBe(false);
    const after = await exact();
    expect(
      Object.values(after).filter((entries) => entries.some(({ subject }) => subject === cheat)).length,
    ).toBeGreaterThan(2);
    expect(await keep.exclusions(made)).toMatchObject([
      { subject: cheat, reason: 'speed hack', excludedBy: 'referee 7', readmittedBy: 'referee 8' },
    ]);
  });

  test('needs somebody who decides and a reason, and nobody is taken off who is no value of the subject', async () => {
    const { keep, board: made } = await scored((runs) => paidWeekly(runs));
    await expect(keep.exclude(made, 'x', { by: '', reason: 'y' })).rejects.toMatchObject({
      code: 'DEFINITION_INVALID',
    });
    expect(await keep.exclude(made, 'no uuid', { by: 'me', reason: 'y' })).toBe(false);
  });
});
