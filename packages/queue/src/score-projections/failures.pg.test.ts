import { expect, test } from 'vitest';
import { createAdmin, type DeadLetters } from '../admin/index.ts';
import { correctRound, createArcade } from '../boards/testing/arcade.ts';
import type { Keep } from '../keep.ts';
import { projection } from '../projections/projection.ts';
import { PROJECTION_LOCK } from '../projections/register.ts';
import { onDatabase } from '../testing/contest.ts';
import { withKeep } from '../testing/with-keep.ts';
import type { ScoreProjection } from './score-projection.ts';
import { formBy, runs } from './testing/form.ts';

/** Counts the runs of each player; throws for one of them until it is mended. */
function picky(culprit: string): {
  readonly counted: ScoreProjection<number>;
  readonly mend: () => void;
  readonly spoil: () => void;
} {
  let mended = false;
  const counted = projection<number>('counted', {
    from: runs,
    fold: {
      initial: 0,
      step(n, { subject }) {
        if (subject === culprit && !mended) throw new RangeError('not this one');
        return n + 1;
      },
    },
  });
  return { counted, mend: () => (mended = true), spoil: () => (mended = false) };
}

const lettersOf = (keep: Keep, of: ScoreProjection<number>): DeadLetters =>
  createAdmin(keep, { authorize: () => true }).deadLetters(of as ScoreProjection, 'ann');

/** Lets jobs that wait for their next try have it now. */
const hurry = (url: string): Promise<unknown> =>
  onDatabase(url, (client) => client.query(`update scorekeep_jobs.job set start_after = now() where state = 'retry'`));

/** A player, by number. */
const playerOf = (url: string, n: number): Promise<string> =>
  onDatabase(url, async (client) =>
    String((await client.query(`select md5('player ' || $1::int)::uuid::text as player`, [n])).rows[0].player),
  );

/** Has every subject of all rounds scored anew, with other points. */
async function correctAll(keep: Keep, url: string, factor: number): Promise<void> {
  for (let round = 1; round <= 6; round++) {
    await onDatabase(url, (client) => client.query(correctRound, [round, factor]));
  }
  await keep.run(runs, { inline: true });
}

const POLL = { timeout: 240_000, interval: 50 };

test('a subject whose fold throws is put aside alone, tried four times, dead-lettered and, once mended, redriven; all others are folded', async () => {
  await withKeep(async (keep, url) => {
    await createArcade(url, { players: 30, runs: 2, rounds: 6 });
    const culprit = await playerOf(url, 7);
    const { counted, mend } = picky(culprit);
    const one = counted as ScoreProjection;
    await keep.run(runs, { inline: true });
    await keep.start({ projections: [one] });
    const letters = lettersOf(keep, counted);
    const tries = async (): Promise<unknown> => {
      await hurry(url);
      return letters.list();
    };
    await expect.poll(tries, POLL).toMatchObject([{ reason: 'RangeError', from: 'parked/counted_v1', attempts: 4 }]);
    const status = await keep.projections.status(one);
    expect(status).toMatchObject({ passed: 29, behind: 0, lagSeconds: 0, parked: 1, errors: { RangeError: 1 } });
    expect(await keep.projections.state(counted, culprit)).toBeUndefined();
    const [letter] = await letters.list();
    expect(await letters.show(letter?.id ?? '')).toMatchObject({ payload: { key: ['1', culprit] } });

    mend();
    expect(await letters.redrive()).toEqual({ moved: 1 });
    await expect.poll(async () => (await keep.projections.status(one)).parked, POLL).toBe(0);
    expect(await keep.projections.state(counted, culprit)).toBe(2);
    expect(await letters.redrive()).toEqual({ moved: 0 });
  });
});

test('a subject that fails keeps the state it had; a new score folds it again, and takes its dead letter away', async () => {
  await withKeep(async (keep, url) => {
    await createArcade(url, { players: 12, runs: 2, rounds: 6 });
    const culprit = await playerOf(url, 7);
    const { counted, mend, spoil } = picky(culprit);
    const one = counted as ScoreProjection;
    mend();
    await keep.run(runs, { inline: true });
    await keep.projections.catchUp(one);
    spoil();
    await correctAll(keep, url, 2);
    await onDatabase(url, (client) => client.query(`update scorekeep_jobs.queue set retry_limit = 0`));
    await keep.start({ projections: [one] });
    const letters = lettersOf(keep, counted);
    await expect.poll(() => letters.list(), POLL).toHaveLength(1);
    expect(await keep.projections.state(counted, culprit)).toBe(2);
    expect(await keep.projections.status(one)).toMatchObject({ behind: 0, parked: 1 });

    // It fails again with other scores: one subject, one letter.
    const [first] = await letters.list();
    await correctAll(keep, url, 3);
    await expect
      .poll(async () => (await letters.list()).filter(({ id }) => id !== first?.id), POLL)
      .toMatchObject([{ reason: 'RangeError' }]);
    expect(await letters.list()).toHaveLength(1);
    mend();
    await correctAll(keep, url, 1);
    await expect.poll(async () => (await keep.projections.status(one)).parked, POLL).toBe(0);
    await expect.poll(() => letters.list(), POLL).toEqual([]);
  });
});

test('what is purged is put aside until it is asked for, and then folded', async () => {
  await withKeep(async (keep, url) => {
    await createArcade(url, { players: 12, runs: 2, rounds: 6 });
    const culprit = await playerOf(url, 7);
    const { counted, mend } = picky(culprit);
    const one = counted as ScoreProjection;
    await keep.run(runs, { inline: true });
    await keep.projections.status(one);
    await onDatabase(url, (client) => client.query(`update scorekeep_jobs.queue set retry_limit = 0`));
    await keep.start({ projections: [one] });
    const letters = lettersOf(keep, counted);
    await expect.poll(() => letters.list(), POLL).toHaveLength(1);
    const { confirm } = await letters.preview();
    expect(await letters.purge({ confirm })).toEqual({ state: 'purged', count: 1 });
    expect(await keep.projections.status(one)).toMatchObject({ behind: 0, parked: 1 });
    mend();
    expect(await keep.projections.refold(one)).toBe(1);
    await expect.poll(() => keep.projections.state(counted, culprit), POLL).toBe(2);
    expect(await keep.projections.refold(one)).toBe(0);
  });
});

test('subjects that Postgres refuses are found by dividing, in one go; all others are folded', async () => {
  await withKeep(async (keep, url) => {
    await createArcade(url, { players: 40, runs: 5, rounds: 6 });
    const form = formBy('sql', 'in_sql');
    await keep.projections.status(form);
    await keep.run(runs, { inline: true });
    await onDatabase(url, (client) =>
      client.query(
        `alter table scorekeep.projection_in_sql_v1_1 add constraint poison check (subject not in (md5('player 3')::uuid::text, md5('player 4')::uuid::text, md5('player 29')::uuid::text))`,
      ),
    );
    await keep.projections.catchUp(form);
    expect(await keep.projections.status(form)).toMatchObject({
      passed: 37,
      behind: 0,
      parked: 3,
      errors: { 23514: 3 },
    });
    await onDatabase(url, (client) =>
      client.query(`alter table scorekeep.projection_in_sql_v1_1 drop constraint poison`),
    );
    expect(await keep.projections.refold(form)).toBe(3);
    expect(await keep.projections.catchUp(form)).toBe(3);
    expect(await keep.projections.status(form)).toMatchObject({ passed: 40, parked: 0 });
  });
});

test('what is nobody’s fault is put on no subject, however often it happens: a missing table stops the fold until it is there', async () => {
  await withKeep(async (keep, url) => {
    await createArcade(url, { players: 5, runs: 2, rounds: 6 });
    const form = formBy('sql', 'in_sql');
    await keep.projections.status(form);
    await keep.run(runs, { inline: true });
    await onDatabase(url, (client) => client.query('alter table scorekeep.projection_in_sql_v1_1 rename to gone'));
    for (let n = 1; n <= 12; n++) {
      await onDatabase(url, (client) => client.query('update scorekeep.refold set due_at = clock_timestamp()'));
      await expect(keep.projections.catchUp(form)).rejects.toMatchObject({ code: '42P01' });
    }
    expect(await keep.projections.status(form)).toMatchObject({ passed: 0, behind: 5, parked: 0 });
    await onDatabase(url, async (client) => {
      await client.query('alter table scorekeep.gone rename to projection_in_sql_v1_1');
      await client.query('update scorekeep.refold set due_at = clock_timestamp()');
    });
    expect(await keep.projections.catchUp(form)).toBe(5);
  });
});

test('a fold after another has no subject before the other has, is held up by none that it put aside, and is rebuilt with it', async () => {
  await withKeep(async (keep, url) => {
    await createArcade(url, { players: 12, runs: 2, rounds: 6 });
    const { counted } = picky(await playerOf(url, 7));
    const first = counted as ScoreProjection;
    const second = projection<number>('second', {
      from: runs,
      fold: { initial: 0, step: (n) => n + 1 },
      after: [first],
    }) as ScoreProjection;
    await keep.run(runs, { inline: true });
    expect(await keep.projections.catchUp(second)).toBe(0);
    expect(await keep.projections.status(second)).toMatchObject({ behind: 12 });
    expect(await keep.projections.catchUp(first)).toBe(12);
    expect(await keep.projections.catchUp(second)).toBe(12);
    await correctAll(keep, url, 2);
    const { behind } = await keep.projections.status(first);
    expect(behind).toBeGreaterThan(0);
    expect(await keep.projections.catchUp(second)).toBe(0);

    await keep.projections.pause(first);
    await expect(keep.projections.rebuild(second)).rejects.toMatchObject({
      code: 'NOT_READY',
      fields: { after: 'counted_v1', subjects: behind },
    });
    await keep.projections.resume(first);
    expect(await keep.projections.rebuild(second)).toMatchObject({ swapped: true, differences: { subjects: 0 } });
    for (const one of [first, second]) expect(await keep.projections.status(one)).toMatchObject({ behind: 0 });
  });
});

test('a rebuild whose build was dropped before it ended failed for a table that there is not', async () => {
  await withKeep(async (keep, url) => {
    await createArcade(url, { players: 5, runs: 1, rounds: 6 });
    const form = formBy('sql', 'form');
    await keep.run(runs, { inline: true });
    await keep.projections.catchUp(form);
    await onDatabase(url, async (client) => {
      await client.query(
        `begin; select pg_advisory_xact_lock_shared(${PROJECTION_LOCK}, id) from scorekeep.projection where name = 'form'`,
      );
      const rebuilt = keep.projections.rebuild(form);
      rebuilt.catch(() => undefined);
      // The comparison waits for the fold that is under way here.
      const waits = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      await expect.poll(async () => (await client.query(waits)).rows.length, POLL).toBe(1);
      await client.query(
        `delete from scorekeep.projection_build where number = 2; drop table scorekeep.projection_form_v1_2; commit`,
      );
      await expect(rebuilt).rejects.toMatchObject({ code: 'DEFINITION_INVALID' });
    });
    expect(await keep.projections.rebuild(form)).toMatchObject({ swapped: true, differences: { subjects: 0 } });
  });
});
