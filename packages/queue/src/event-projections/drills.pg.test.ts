import { type FoldState, toFold } from '@scorekeep/core/rules';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { wrongBuckets } from '../boards/testing/recount.ts';
import { connect } from '../connect.ts';
import type { Keep } from '../keep.ts';
import type { LoggedEvent } from '../log/read-log.ts';
import { ended } from '../log/testing/game.ts';
import { onDatabase } from '../testing/contest.ts';
import { end, runVictim, startWorker } from '../testing/processes.ts';
import { fieldReader } from './event-columns.ts';
import type { EventProjection } from './event-projection.ts';
import { type Applied, drillBoards, drilled } from './testing/drilled.ts';
import { games, playFold } from './testing/plays.ts';

/** Each fact of a step and of a retry, and statements in the middle of one. */
const KILLS: Record<string, string>[] = [
  { DRILL_KILL_AT: 'projection.written#2' },
  { DRILL_KILL_AT: 'projection.applied#3' },
  { DRILL_KILL_AT: 'event.parked#2' },
  { DRILL_KILL_AT: 'item.retried#2' },
  ...[9, 38].map((n) => ({ DRILL_KILL_AT_STATEMENT: String(n) })),
];

test('killed at every point of a step while four writers ingest: states, boards, histograms and the host equal a recount, nothing is lost or doubled', {
  timeout: 600_000,
}, async () => {
  const { url } = await testDatabase();
  await onDatabase(url, (client) =>
    client.query('create table host_event (id text not null, score int check (score % 23 <> 0))'),
  );
  const keep = await connect({ url, poolSize: 20 });
  for (const board of drillBoards) await keep.top(board);
  let killing = true;
  let n = 0;
  const write = async (): Promise<void> => {
    while (killing) {
      const from = n;
      n += 25;
      await keep.ingest(
        games,
        Array.from({ length: 25 }, (_, i) => ended(from + i)),
      );
      // So much waits that every victim finds something to do, and no more.
      while (killing && (await keep.projections.status(drilled.host)).behind > 150) {
        await onDatabase(url, (client) => client.query('select pg_sleep(0.05)'));
      }
    }
  };
  const writing = [write(), write(), write(), write()];
  try {
    for (const kill of KILLS) {
      const ended = await runVictim({ DRILL_URL: url, ...kill }, '../event-projections/testing/follow-worker.ts');
      expect(ended, JSON.stringify(kill)).toBe('SIGKILL');
    }
    killing = false;
    await Promise.all(writing);
    const survivors = await Promise.all(
      [1, 2].map(() => startWorker({ DRILL_URL: url }, '../event-projections/testing/follow-worker.ts')),
    );
    for (const one of Object.values(drilled)) {
      await expect
        .poll(async () => (await keep.projections.status(one as EventProjection)).behind, { timeout: 400_000 })
        .toBe(0);
    }
    await Promise.all(survivors.map((worker) => end(worker, 'SIGTERM')));
    const events: LoggedEvent[] = [];
    for await (const event of keep.logs.replay(games)) events.push(event);
    expect(events).toHaveLength(n);
    await expectFolded(keep, events);
    await expectNoted(keep, url, events);
    for (const board of drillBoards) {
      expect(await wrongBuckets(url, board), board.name).toEqual([]);
      const before = await keep.top(board, { limit: 1000 });
      await keep.switchBoard(board);
      expect(await keep.top(board, { limit: 1000 }), board.name).toEqual(before);
      expect(before.length).toBeGreaterThan(10);
    }
    for (const one of [drilled.inSql, drilled.inJs, drilled.noted] as EventProjection[]) {
      expect((await keep.projections.rebuild(one)).differences.subjects, one.name).toBe(0);
    }
  } finally {
    killing = false;
    await Promise.all(writing);
    await keep.stop();
  }
});

/** Folds by data equal the pure fold over the log. */
async function expectFolded(keep: Keep, events: readonly LoggedEvent[]): Promise<void> {
  const fold = toFold(playFold);
  const fieldsOf = fieldReader(playFold, drilled.inSql.paths);
  const states = new Map<string, FoldState>();
  for (const event of events) {
    states.set(event.subject, fold.step(states.get(event.subject) ?? fold.initial, fieldsOf(event)));
  }
  expect(states.size).toBe(50);
  for (const [subject, state] of states) {
    expect(await keep.projections.state(drilled.inSql, subject)).toEqual(state);
    expect(await keep.projections.state(drilled.inJs, subject)).toEqual(state);
  }
}

/** Each event is applied once or parked, never both; an ordered projection stops where its subject's first culprit is. */
async function expectNoted(keep: Keep, url: string, events: readonly LoggedEvent[]): Promise<void> {
  const { rows: host } = await onDatabase(url, (client) => client.query<{ id: string }>('select id from host_event'));
  const isRefused = ({ data }: LoggedEvent): boolean => (data as { score: number }).score % 23 === 0;
  const byId = (list: readonly LoggedEvent[]): string[] => list.map(({ id }) => id).toSorted();
  expect(host.map(({ id }) => id).toSorted()).toEqual(byId(events.filter((event) => !isRefused(event))));
  expect((await keep.projections.status(drilled.host)).parked).toBe(events.filter(isRefused).length);
  const isCulprit = ({ data }: LoggedEvent): boolean => (data as { score: number }).score % 10 === 3;
  for (const [subject, own] of Map.groupBy(events, (event) => event.subject)) {
    const idsOf = async (of: EventProjection<Applied>): Promise<readonly string[]> =>
      (await keep.projections.state(of, subject))?.ids ?? [];
    const fine = own.filter((event) => !isCulprit(event));
    expect(await idsOf(drilled.noted)).toEqual(fine.map(({ id }) => id));
    const first = own.findIndex(isCulprit);
    const before = first === -1 ? own : own.slice(0, first);
    expect(await idsOf(drilled.ordered)).toEqual(before.map(({ id }) => id));
  }
  expect((await keep.projections.status(drilled.noted as EventProjection)).parked).toBe(
    events.filter(isCulprit).length,
  );
}
