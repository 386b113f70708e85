import { setTimeout as wait } from 'node:timers/promises';
import type { PgBoss, Schedule } from 'pg-boss';
import { publish } from '../facts.ts';
import { quote } from '../postgres/identifiers.ts';
import { type Row, type Sql, text } from '../postgres/sql.ts';

/**
 * Tells what schedules missed. pg-boss stamps when any process looks at the schedules, which one does every half minute, and
 * enqueues what fell due in the minute before; a longer gap between two stamps is time in which nobody looked. Every process
 * follows the stamps, and the update of one row gives each gap to one of them.
 *
 * @returns ends it
 */
export function watchSchedules(boss: PgBoss, schema: string): () => Promise<void> {
  const ended = new AbortController();
  const watching = (async () => {
    for (let pause = FIRST_LOOK_MS; !ended.signal.aborted; pause = LOOK_MS) {
      await wait(pause, undefined, { signal: ended.signal, ref: false }).catch(() => undefined);
      if (ended.signal.aborted) return;
      await tellMissed(boss, schema).catch((error: unknown) =>
        publish('background.error', { where: 'schedules', error }),
      );
    }
  })();
  return () => {
    ended.abort();
    return watching;
  };
}

/**
 * Notes the last stamp before this process makes one of its own, so that a gap begins where somebody last looked. A stamp that
 * ends a gap is left to {@link watchSchedules}.
 */
export async function noteLastLook(sql: Sql, schema: string): Promise<void> {
  const { rows } = await sql.query('select to_regclass($1) is not null as there', [
    `${quote(`${schema}_jobs`)}.version`,
  ]);
  if (rows[0]?.['there'] !== true) return;
  await sql.query(
    `${follow(schema)} and (w.seen_at = '-infinity' or w.seen_at >= v.cron_on - interval '1 minute') returning w.one`,
  );
}

/** Only who still finds the row as it was moves it on. */
const follow = (schema: string): string => {
  const watch = `${quote(schema)}.schedule_watch`;
  return `update ${watch} w set seen_at = v.cron_on from ${watch} was, ${quote(`${schema}_jobs`)}.version v
    where was.seen_at = w.seen_at and v.cron_on > w.seen_at`;
};

async function tellMissed(boss: PgBoss, schema: string): Promise<void> {
  const { rows } = await boss
    .getDb()
    .executeSql(
      `${follow(schema)} returning extract(epoch from was.seen_at)::text as since, extract(epoch from v.cron_on)::text as until`,
    );
  const [row] = rows as Row[];
  if (row === undefined) return;
  const [since, until] = [Number(text(row, 'since')) * 1_000, Number(text(row, 'until')) * 1_000 - DUE_MS];
  // The first stamp of all ends no gap.
  if (!Number.isFinite(since) || since >= until) return;
  for (const schedule of await boss.getSchedules()) {
    if (schedule.name.startsWith('__pgboss__')) continue;
    const runs = runsBetween(boss, schedule, Math.max(since, new Date(schedule.createdOn).getTime()), until);
    if (runs === 0) continue;
    publish('schedule.missed', { queue: schedule.name, runs, caughtUp: schedule.options?.missed === 'once' });
  }
}

/** How often a schedule fell due after `since`, up to and with `until`, in milliseconds; at most {@link RUNS_MAX}. */
function runsBetween(boss: PgBoss, { cron, timezone }: Schedule, since: number, until: number): number {
  let runs = 0;
  for (let from = new Date(since); runs < RUNS_MAX; ) {
    // A few at a time: of a sparse expression each takes a while to find, and most are beyond the end.
    const next = occurrences(boss, cron, timezone, from);
    const due = next.filter((time) => time.getTime() <= until);
    runs += due.length;
    const last = due.at(-1);
    if (last === undefined || due.length < PAGE) return runs;
    from = last;
  }
  return runs;
}

/** None of a schedule that cannot be read, which pg-boss warns of. */
function occurrences(boss: PgBoss, cron: string, tz: string, from: Date): Date[] {
  try {
    return boss.previewSchedule(cron, { tz, from, count: PAGE });
  } catch {
    return [];
  }
}

/** Soon after the start, since a gap ends there. */
const FIRST_LOOK_MS = 1_000;
const LOOK_MS = 10_000;
/** Up to how long ago what fell due is still enqueued: pg-boss's window. */
const DUE_MS = 60_000;
const PAGE = 20;
/** Most runs of one schedule that are counted for one gap. */
const RUNS_MAX = 1_000;
