import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import { publish } from '../facts.ts';
import { literal, quote } from '../postgres/identifiers.ts';
import { type Row, type Sql, text } from '../postgres/sql.ts';
import { transaction } from '../postgres/transaction.ts';
import { readArchive } from './archive.ts';
import { type Board, CLOSE_ENTRIES } from './board.ts';
import { nextFirstDay } from './item-time.ts';
import { rankSql } from './rank-sql.ts';
import { listed, type Standing, sortColumns, windowOf } from './stored-board.ts';

/**
 * Closes each window of a board that has ended, oldest first: archives its ranking and calls the board's `onClose`, in one
 * transaction, once, however many processes try. What is scored later moves the board, and the archive no more.
 *
 * A window waits while the projection has a run under way, since that may be scoring it.
 *
 * @returns the keys of the windows that this call closed
 */
export async function closeWindows(pool: pg.Pool, board: Board, standing: Standing): Promise<string[]> {
  const closed: string[] = [];
  for (const window of await settledWindows(pool, board, standing)) {
    if (await transaction(pool, (tx) => closeWindow(tx, board, standing, window))) closed.push(window);
  }
  return closed;
}

/** Closes windows as they end, until `stopping` is aborted. What `onClose` throws is published, and it is tried again. */
export async function closeUntilStopped(
  pool: pg.Pool,
  boards: readonly Board[],
  live: (board: Board) => Promise<Standing>,
  stopping: AbortSignal,
): Promise<void> {
  const ending = boards.filter(({ window }) => window !== null && window.every !== 'all-time');
  while (ending.length > 0 && !stopping.aborted) {
    for (const board of ending) {
      try {
        await closeWindows(pool, board, await live(board));
      } catch (error) {
        publish('background.error', { where: 'close', error });
      }
    }
    await wait(POLL_MS, undefined, { signal: stopping }).catch(() => undefined);
  }
}

/** How often a worker looks whether a window has ended. */
const POLL_MS = 1_000;

/**
 * Windows that are due and of whose time nobody is writing events any more: these are recorded when their transaction begins, and seen
 * when it ends.
 */
async function settledWindows(sql: Sql, board: Board, standing: Standing): Promise<string[]> {
  const due = await dueWindows(sql, board, standing);
  if (due.length === 0 || board.of.kind === 'projection') return due;
  // Before the statement that looks for events still to come: what is committed in between is one of those.
  const { rows } = await sql.query(
    `select least(now(), (
       select min(a.xact_start) from pg_locks l join pg_stat_activity a using (pid) join pg_database d on d.oid = l.database
       where d.datname = current_database() and l.relation = to_regclass($1) and l.mode = 'RowExclusiveLock'))::text as moment`,
    [`${standing.schema}.${quote(`events_${board.of.from.name}`)}`],
  );
  return dueWindows(sql, board, standing, text(rows[0], 'moment'));
}

/** @param moment up to which all that was written is seen. Default: now */
async function dueWindows(
  sql: Sql,
  { name, of, window, closeAfter }: Board,
  { id, schema }: Standing,
  moment: string | null = null,
): Promise<string[]> {
  if (window === null || window.every === 'all-time') return [];
  const by = `(${scoredUpTo(of, schema)} - $3::bigint * interval '1 millisecond')`;
  const over =
    window.every === 'tournament'
      ? `${by} >= to_timestamp(${window.end} / 1000.0)`
      : `${nextFirstDay(window, 'h.window_key')} <= (${by} at time zone ${literal(window.timeZone)})::date`;
  const { rows } = await sql.query(
    `select h.window_key from ${schema}.histogram h where h.board = $1
       and not exists (select 1 from ${schema}.closed_window c where c.board = $2 and c.window_key = h.window_key)
       and not ${isUnderWay(schema, '$1')}
     group by 1 having sum(h.n) > 0 and ${over} order by 1`,
    [id, name, closeAfter, moment],
  );
  return rows.map((row: Row) => text(row, 'window_key'));
}

/** Whether the projection of a board has a run under way. */
const isUnderWay = (schema: string, board: string): string =>
  `exists (select 1 from ${schema}.run r join ${schema}.board b on b.projection = r.projection where b.id = ${board} and r.finished_at is null)`;

/** The time up to which a window's scores are there: of a log that is followed, when the first event was recorded that is still to come. */
function scoredUpTo({ kind, name, version }: Board['of'], schema: string): string {
  const moment = 'coalesce($4::timestamptz, clock_timestamp())';
  if (kind === 'projection') return moment;
  return `least(${moment}, (
    select min((select e.recorded_at from ${schema}.event e where e.log = c.log and e.shard = c.shard and e.position > c.at order by e.position limit 1))
    from ${schema}.projection p join ${schema}.projection_build b on b.projection = p.id and b.live
      join ${schema}.log_consumer c on c.consumer = 'projection:' || p.name || '_v' || p.version || ':' || b.number join ${schema}.log_head h on h.log = c.log and h.shard = c.shard
    where p.name = ${literal(name)} and p.version = ${version} and c.at < h.last))`;
}

async function closeWindow(tx: pg.PoolClient, board: Board, standing: Standing, window: string): Promise<boolean> {
  const { id, schema, table, definition } = standing;
  // Whoever comes second waits here for the first to commit, and then finds the window closed.
  const { rowCount } = await tx.query(
    `insert into ${schema}.closed_window (board, window_key, entrants) values ($1, $2, 0) on conflict do nothing`,
    [board.name, window],
  );
  if (rowCount === 0) return false;
  const sorted = [...sortColumns(definition).map(({ column, order }) => `b.${column} ${order}`), 'b.subject'];
  const ties = definition.ties.map(({ id, column }) => `${literal(id)}, b.${column}`).join(', ');
  // Its snapshot has all of a run's scores or the run itself: a run may have begun since the windows were looked for.
  const { rows } = await tx.query(
    `with archived as (
       insert into ${schema}.archive (board, window_key, subject, place, rank, total, scored, ties)
       select $1, $2, b.subject::text, row_number() over (order by ${sorted.join(', ')}), ${rankSql(board.rank, definition, 'b')}, b.total, b.scored, json_build_object(${ties})
       from ${table} b where ${windowOf(definition, 'b')} = $2 and ${listed('b')} and not ${isUnderWay(schema, '$3')} returning 1
     )
     update ${schema}.closed_window set entrants = (select count(*) from archived) where board = $1 and window_key = $2
     returning ${isUnderWay(schema, '$3')} as under_way`,
    [board.name, window, id],
  );
  if (rows[0]?.['under_way'] === true) {
    await tx.query(`delete from ${schema}.closed_window where board = $1 and window_key = $2`, [board.name, window]);
    return false;
  }
  await board.onClose?.(tx, await readArchive(tx, schema, board.name, window, CLOSE_ENTRIES, 0), window);
  return true;
}
