import { expect, test } from 'vitest';
import { dead, job } from '../index.ts';
import type { Keep } from '../keep.ts';
import { contest, createContest, onDatabase } from '../testing/contest.ts';
import { effects, states, withKeep } from '../testing/with-keep.ts';
import { type Admin, createAdmin, type Intention } from './index.ts';

type Payload = { n: number };
/** Takes positive numbers; dies of all others. */
const positive = job<Payload>('positive', {
  run: async ({ n }, { tx, idempotencyKey }) => {
    if (n <= 0) return dead('NOT_POSITIVE');
    await tx.query('insert into effect (n, key) values ($1, $2)', [n, idempotencyKey]);
  },
});

async function withDead(
  work: (given: { keep: Keep; admin: Admin; url: string; asked: Intention[] }) => Promise<void>,
): Promise<void> {
  await withKeep(async (keep, url) => {
    const asked: Intention[] = [];
    const admin = createAdmin(keep, {
      authorize: (intention) => {
        asked.push(intention);
        return intention.actor !== 'mallory';
      },
    });
    await keep.enqueueAll(positive, [{ n: -1 }, { n: 2 }, { n: -3 }]);
    await keep.start({ jobs: [positive] });
    await keep.drain(positive);
    await work({ keep, admin, url, asked });
  });
}

test('dead letters are listed with reason and provenance, page by page, and shown with their payload', async () => {
  await withDead(async ({ admin }) => {
    const letters = admin.deadLetters(positive, 'ann');
    const [first, second] = await letters.list();
    expect(first).toMatchObject({ reason: 'NOT_POSITIVE', from: 'jobs/positive', attempts: 1 });
    expect(first?.rootId).toBe(first?.jobId);
    expect(JSON.stringify(first)).not.toContain('payload');
    expect(await letters.list({ limit: 1 })).toEqual([first]);
    expect(await letters.list({ limit: 1, ...(first && { after: first }) })).toEqual([second]);
    const shown = await Promise.all([first, second].map((one) => letters.show(one?.id ?? '')));
    expect(shown.map((one) => one?.payload).toSorted(byNumber)).toEqual([{ n: -3 }, { n: -1 }]);
    expect(await letters.show('00000000-0000-4000-8000-000000000000')).toBeUndefined();
    await expect(letters.show(`' or true --`)).rejects.toThrow('UUIDs');
    await expect(letters.list({ limit: 1_001 })).rejects.toThrow('from 1 to 1000');
  });
});

test('a fixed payload is checked, redriven to where it came from, once, and worked under the key of the first job', async () => {
  await withDead(async ({ keep, admin, url }) => {
    const letters = admin.deadLetters(positive, 'ann');
    const [one] = await letters.list();
    const id = one?.id ?? '';
    expect(await letters.fix(id, { n: 5n })).toEqual({ state: 'rejected', reason: 'not_json', at: '/n' });
    expect(await letters.fix(id, { n: 5 })).toEqual({ state: 'fixed' });
    expect(await letters.fix('00000000-0000-4000-8000-000000000000', { n: 5 })).toEqual({ state: 'not_found' });
    expect(await letters.preview({ ids: [id] })).toMatchObject({ count: 1, destinations: { 'jobs/positive': 1 } });
    const twice = await Promise.all([1, 2].map(() => letters.redrive({ ids: [id], request: 'r1' })));
    expect(twice).toEqual([{ moved: 1 }, { moved: 1 }]);
    expect(await letters.redrive({ ids: [id] })).toEqual({ moved: 0 });
    await keep.drain(positive);
    expect(await effects(url)).toEqual([2, 5]);
    const { rows } = await onDatabase(url, (client) => client.query('select key from effect where n = 5'));
    expect(rows).toEqual([{ key: one?.rootId }]);
    const audit = await admin.audit('ann');
    expect(audit.map(({ actor, action, detail }) => [actor, action, detail])).toEqual([
      ['ann', 'redrive', { moved: 0 }],
      ['ann', 'redrive', { moved: 1 }],
      ['ann', 'fix', { state: 'not_found' }],
      ['ann', 'fix', { state: 'fixed' }],
    ]);
  });
});

test('a purge deletes what was previewed and nothing else', async () => {
  await withDead(async ({ keep, admin, url }) => {
    const letters = admin.deadLetters(positive, 'ann');
    const { count, confirm } = await letters.preview();
    expect(count).toBe(2);
    await keep.enqueue(positive, { n: -9 });
    await keep.drain(positive);
    expect(await letters.purge({ confirm })).toEqual({ state: 'changed', count: 3 });
    expect(await states(url, positive.deadQueue)).toEqual({ created: 3 });
    const again = await letters.preview({ limit: 2 });
    expect(await letters.purge({ confirm: again.confirm, limit: 2 })).toEqual({ state: 'purged', count: 2 });
    expect(await states(url, positive.deadQueue)).toEqual({ created: 1 });
  });
});

test('nothing is done without the leave of the host, which is asked for each thing', async () => {
  await withDead(async ({ keep, admin, asked, url }) => {
    const letters = admin.deadLetters(positive, 'mallory');
    const forbidden = { code: 'FORBIDDEN', fields: { actor: 'mallory' } };
    await expect(letters.list()).rejects.toMatchObject(forbidden);
    await expect(letters.redrive()).rejects.toMatchObject(forbidden);
    await expect(letters.purge({ confirm: '' })).rejects.toMatchObject(forbidden);
    await expect(admin.pauseJob(positive, 'mallory')).rejects.toMatchObject(forbidden);
    await expect(admin.audit('mallory')).rejects.toMatchObject(forbidden);
    expect(asked.map(({ scope, action }) => `${scope} ${action}`)).toEqual([
      'read list',
      'operate redrive',
      'destroy purge',
      'operate pause',
      'read audit',
    ]);
    expect(await states(url, positive.deadQueue)).toEqual({ created: 2 });
    expect(await admin.pauseJob(positive, 'ann')).toBe(true);
    expect(await keep.jobStatus(positive)).toMatchObject({ paused: true });
    expect(await admin.resumeJob(positive, 'ann')).toBe(true);
    expect((await admin.audit('ann')).map(({ action, target }) => [action, target])).toEqual([
      ['resume', 'jobs/positive'],
      ['pause', 'jobs/positive'],
    ]);
    expect(() => createAdmin(keep, {} as never)).toThrow('authorize is missing');
  });
});

test('a request key that was used for another act is refused, and not answered with what came of that', async () => {
  await withDead(async ({ admin, url }) => {
    const letters = admin.deadLetters(positive, 'ann');
    const [one] = await letters.list();
    const id = one?.id ?? '';
    expect(await letters.fix(id, { n: 5 }, { request: 'ticket 17' })).toEqual({ state: 'fixed' });
    expect(await letters.fix(id, { n: 6 }, { request: 'ticket 17' })).toEqual({ state: 'fixed' });
    await expect(letters.redrive({ request: 'ticket 17' })).rejects.toMatchObject({ code: 'REQUEST_TAKEN' });
    expect(await states(url, positive.deadQueue)).toEqual({ created: 2 });
    expect(await letters.show(id)).toMatchObject({ payload: { n: 5 } });
    for (const request of ['', 'x'.repeat(256), 'a\0b', '\ud800']) {
      await expect(letters.redrive({ request })).rejects.toMatchObject({ code: 'DEFINITION_INVALID' });
    }
  });
});

test('a page after a letter that has been redriven meanwhile is the next page all the same', async () => {
  await withDead(async ({ admin }) => {
    const letters = admin.deadLetters(positive, 'ann');
    const [first, second] = await letters.list();
    await letters.redrive({ ids: [first?.id ?? ''] });
    expect(await letters.list({ ...(first && { after: first }) })).toContainEqual(second);
    await expect(letters.list({ after: { ...first, id: `' or true --` } as never })).rejects.toThrow('UUIDs');
  });
});

test('letters that one redrives while another purges them are moved or deleted, and told of once', async () => {
  await withDead(async ({ keep, admin, url }) => {
    for (let round = 0; round < 10; round++) {
      await keep.enqueueAll(positive, [{ n: -1 }, { n: -2 }]);
      await keep.drain(positive);
      const ann = admin.deadLetters(positive, 'ann');
      const { confirm, count } = await ann.preview();
      const [purged, { moved }] = await Promise.all([
        ann.purge({ confirm }),
        admin.deadLetters(positive, 'bob').redrive(),
      ]);
      expect((purged.state === 'purged' ? purged.count : 0) + moved).toBe(count);
      await keep.drain(positive);
      const { confirm: rest } = await ann.preview();
      await ann.purge({ confirm: rest });
      expect(await states(url, positive.deadQueue)).toEqual({});
    }
  });
});

test('parked items of a projection are dead letters like any other: listed, and scored once redriven and mended', async () => {
  await withKeep(async (keep, url) => {
    await createContest(url, { players: 3, fixtures: 3 });
    const { points } = contest();
    const admin = createAdmin(keep, { authorize: () => true });
    await keep.start({ projections: [points] });
    await keep.status(points);
    await onDatabase(url, (client) =>
      client.query(`alter table scorekeep.score_points_v1 add constraint poison
        check (milli is null or (player_ref, fixture_ref) <> (md5('player 2')::uuid, md5('fixture 3')::uuid))`),
    );
    // Its tries, each later than the last, are for another test: here it has only one.
    await onDatabase(url, (client) =>
      client.query(`update scorekeep_jobs.queue set retry_limit = 0 where name = 'parked/points_v1'`),
    );
    await keep.finished(await keep.run(points));
    const letters = admin.deadLetters(points, 'ann');
    await expect
      .poll(() => letters.list(), { timeout: 60_000 })
      .toMatchObject([{ reason: '23514', from: 'parked/points_v1' }]);
    const [one] = await letters.list();
    expect(await letters.show(one?.id ?? '')).toMatchObject({ payload: { key: expect.any(Array) } });
    await expect(letters.fix(one?.id ?? '', {})).rejects.toThrow('Mend the row');
    await onDatabase(url, (client) => client.query('alter table scorekeep.score_points_v1 drop constraint poison'));
    expect(await letters.redrive()).toEqual({ moved: 1 });
    await expect.poll(async () => (await keep.status(points)).parked, { timeout: 60_000 }).toBe(0);
  });
});

const byNumber = (a: unknown, b: unknown): number => (a as Payload).n - (b as Payload).n;
