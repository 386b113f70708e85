import { expect, onTestFinished, test } from 'vitest';
import { createAdmin } from '../admin/index.ts';
import { subscribe } from '../facts.ts';
import type { Keep } from '../keep.ts';
import { contest, createContest, FLAWLESS, judge, onDatabase } from '../testing/contest.ts';
import { withKeep } from '../testing/with-keep.ts';

const { points, overall } = contest();
const QUEUE = 'parked/points_v1';

/** A contest with one parked item, which nobody works yet. */
async function withParked(work: (keep: Keep, url: string) => Promise<void>): Promise<void> {
  await withKeep(async (keep, url) => {
    await createContest(url, { players: 3, fixtures: 3 });
    await keep.top(overall);
    await onDatabase(url, (client) =>
      client.query(`alter table scorekeep.score_points_v1 add constraint poison
        check (milli is null or (player_ref, fixture_ref) <> (md5('player 2')::uuid, md5('fixture 3')::uuid))`),
    );
    await keep.run(points, { inline: true });
    expect(await keep.status(points)).toMatchObject({ processed: 8, parked: 1 });
    await onDatabase(url, (client) => client.query('alter table scorekeep.score_points_v1 drop constraint poison'));
    await work(keep, url);
  });
}

test('parked items that are paused are left alone until they are resumed, and then scored once', async () => {
  await withParked(async (keep, url) => {
    const admin = createAdmin(keep, { authorize: () => true });
    expect(await admin.pauseJob(points, 'ann')).toBe(true);
    await keep.start({ projections: [points] });
    // Whoever works them has looked, and let go.
    await expect
      .poll(
        () =>
          onDatabase(url, async (client) =>
            (await client.query('select jobs from scorekeep.job_intent where queue = $1', [QUEUE])).rows.map(
              ({ jobs }) => jobs,
            ),
          ),
        { timeout: 60_000 },
      )
      .toEqual([[]]);
    expect(await keep.status(points)).toMatchObject({ parked: 1 });
    expect(await admin.resumeJob(points, 'ann')).toBe(true);
    await expect.poll(async () => (await keep.status(points)).parked, { timeout: 60_000 }).toBe(0);
    expect(await judge(url)).toEqual(FLAWLESS);
    expect((await admin.audit('ann')).map(({ action, target }) => [action, target])).toEqual([
      ['resume', QUEUE],
      ['pause', QUEUE],
    ]);
  });
});

test('a parked item that cannot be scored because a column is gone is not charged, and scored once the column is back', async () => {
  await withParked(async (keep, url) => {
    await onDatabase(url, (client) => client.query('alter table fixture rename column score_h to score_home'));
    const codes: (string | null)[] = [];
    onTestFinished(subscribe('job.settled', ({ queue, code }) => void (queue === QUEUE && codes.push(code))));
    await keep.start({ projections: [points] });
    await expect.poll(() => codes, { timeout: 60_000 }).toContain('42703');
    const { rows } = await onDatabase(url, (client) =>
      client.query('select retry_limit - retry_count as left from scorekeep_jobs.job where name = $1', [QUEUE]),
    );
    // As many tries as it had.
    expect(rows).toEqual([{ left: 4 }]);
    await onDatabase(url, (client) => client.query('alter table fixture rename column score_home to score_h'));
    await expect.poll(async () => (await keep.status(points)).parked, { timeout: 60_000 }).toBe(0);
    expect(await judge(url)).toEqual(FLAWLESS);
  });
});
