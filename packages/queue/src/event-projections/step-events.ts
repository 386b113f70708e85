import type pg from 'pg';
import type { Standing } from '../boards/stored-board.ts';
import { publish } from '../facts.ts';
import { eventTable } from '../log/register-log.ts';
import { integer, type Row, type Sql } from '../postgres/sql.ts';
import { PROJECTION_LOCK } from '../projections/register.ts';
import { strikeAlone } from '../slices/strike-alone.ts';
import { arrayLiteral } from '../tables/array-literal.ts';
import { moveBoards, readStandings } from './board-effects.ts';
import type { Following } from './following.ts';
import { isolate } from './isolate.ts';
import { blockedSubjects, parkEvents } from './park-events.ts';
import {
  buildTable,
  consumerOf,
  divide,
  eventReader,
  type Piece,
  pieceOf,
  type ReadEvents,
  sizeOf,
  subjectAt,
} from './pieces.ts';
import type { StepIntent } from './step-intent.ts';

/** What one step did. */
export interface Stepped {
  /** Positions passed. */
  readonly events: number;
  /** Of these, put aside. */
  readonly parked: number;
  /** Events of the same shards that wait. */
  readonly behind: number;
  /** How long the first of the events, nearly always the oldest, had waited, in seconds of the database's clock. */
  readonly lagSeconds: number;
}

/** Which build a step is about, and how far it may go. */
export interface Build {
  readonly number: number;
  /** Consumers whose positions it must not pass. */
  readonly after: readonly string[];
  /** The boards that move with it; none with a build that is not live. */
  readonly standings: readonly Standing[];
}

/** Which shards a step is about. */
export interface StepOptions {
  /** Most shards, of those that have most to do; or these, which were written down before. */
  readonly shards: number | StepIntent;
}

/**
 * One step of a projection in one transaction: locks shards that are free, applies the events after their positions, and moves
 * these. Effects and positions commit together or not at all.
 *
 * @returns undefined when there is nothing to do, or others do it
 */
export async function stepEvents(
  tx: pg.PoolClient,
  following: Following,
  build: Build,
  { shards }: StepOptions,
): Promise<Stepped | undefined> {
  const { label, projection } = following;
  const consumer = consumerOf(label, build.number);
  const intent = typeof shards === 'number' ? undefined : shards;
  const claimed = await claim(following.sql(tx), following, consumer, build.after, shards);
  const pieces = claimed.map(pieceOf);
  if (pieces.length === 0) return undefined;
  const read = eventReader(following.sql(tx), projection, following.log);
  const parked = await isolate(tx, pieces, {
    sizeOf,
    divide,
    run: async (some) => {
      const blocked = projection.ordered ? await blockedSubjects(tx, following, consumer, shardsOf(some)) : NOBODY;
      return applyPieces(tx, following, build, some, { read, blocked });
    },
    isTooMuchAlone: ({ shard, upto }) => strikeAlone(projection, `${consumer} ${shard} ${upto}`),
    leaveOut: async (culprits) => {
      const events =
        'part' in culprits
          ? [{ ...(await subjectAt(tx, following.log, culprits.part)), code: culprits.code }]
          : culprits;
      return parkEvents(tx, following, consumer, events);
    },
  });
  await move(following.sql(tx), following, consumer, pieces, intent);
  const events = sizeOf(pieces);
  publish('projection.written', { log: projection.from.name, label, events, parked });
  const total = (column: string): number[] => claimed.map((row) => Number(row[column]));
  return {
    events,
    parked,
    behind: total('behind').reduce((sum, n) => sum + n, 0),
    lagSeconds: Math.max(0, ...total('lag')),
  };
}

interface Reading {
  readonly read?: ReadEvents;
  /** Subjects whose events have to wait. */
  readonly blocked?: ReadonlySet<string>;
}

/** Applies pieces to a build's table and to its boards. */
export async function applyPieces(
  tx: pg.PoolClient,
  following: Following,
  { number, standings }: Build,
  pieces: readonly Piece[],
  { read = eventReader(tx, following.projection, following.log), blocked = NOBODY }: Reading = {},
): ReturnType<Following['fold']['apply']> {
  const table = buildTable(following.schema, following.label, number);
  const left = await following.fold.apply(tx, table, pieces, read, blocked);
  await moveBoards(following.sql(tx), following, standings, pieces);
  return left;
}

/**
 * The live build of a projection, under the lock that every step holds shared: nobody swaps it, or declares a board, meanwhile.
 *
 * @param options.paused whether it is asked for while the projection is paused, too
 * @param options.intent the step that it is for, whose transaction was begun with that lock
 * @returns undefined while the projection is paused, or when the intent was taken for that of a dead process
 */
export async function lockLive(
  tx: Sql,
  following: Following,
  { paused = false, intent }: { paused?: boolean; intent?: StepIntent } = {},
): Promise<Build | undefined> {
  const { schema, id, after } = following;
  // A step has begun with it.
  if (intent === undefined) await tx.query('select pg_advisory_xact_lock_shared($1, $2)', [PROJECTION_LOCK, id]);
  // In a statement of its own: its snapshot is newer than the lock.
  const { rows } = await tx.query(
    `select number, paused_at is not null as paused,
       (select coalesce(json_agg('projection:' || p.name || '_v' || p.version || ':' || b.number), '[]') from ${schema}.projection_build b
          join ${schema}.projection p on p.id = b.projection where b.live and b.projection = any ($2)) as after,
       (select coalesce(json_agg(json_build_object('id', id, 'name', name, 'definition', definition) order by id), '[]') from ${schema}.board where projection = $1) as boards,
       $3::int is null or exists (select from ${schema}.step_intent where id = $3) as declared
     from ${schema}.projection_build where projection = $1 and live`,
    [id, after, intent?.id ?? null],
  );
  const [row] = rows;
  if (row === undefined || row['declared'] !== true || (row['paused'] === true && !paused)) return undefined;
  return {
    number: integer(row, 'number'),
    after: row['after'] as string[],
    standings: readStandings(following, row['boards'] as readonly Row[]),
  };
}

const NOBODY: ReadonlySet<string> = new Set();

const shardsOf = (pieces: readonly Piece[]): number[] => [...new Set(pieces.map(({ shard }) => shard))];

/**
 * Locks shards that are free and have events to apply, and finds how far a step goes in each. From the first event there is on,
 * positions are dense, so the last one need not be looked for; and in the order of commits, so it is the oldest, or nearly.
 */
async function claim(
  tx: Sql,
  { schema, log, projection }: Following,
  consumer: string,
  after: readonly string[],
  shards: StepOptions['shards'],
): Promise<Row[]> {
  const [most, these] = typeof shards === 'number' ? [shards, null] : [shards.shards.length, shards.shards];
  const { rows } = await tx.query(
    `with mine as materialized (
       select c.shard, c.at, h.last, c.step,
         coalesce((select min(d.at) from ${schema}.log_consumer d where d.log = c.log and d.shard = c.shard and d.consumer = any ($3)), h.last) as most
       from ${schema}.log_consumer c join ${schema}.log_head h using (log, shard) where c.log = $1 and c.consumer = $2 and c.at < h.last
         and ($6::int2[] is null or c.shard = any ($6))
       order by h.last - c.at desc, c.shard limit $5 for update of c skip locked)
     select shard, at as after, upto, last - upto as behind, extract(epoch from clock_timestamp() - oldest)::float8 as lag
     from mine cross join lateral (
       select least(mine.most, position - 1 + least($4::int, mine.step)) as upto, recorded_at as oldest from ${eventTable(log)} e
       where e.log = $1 and e.shard = mine.shard and e.position > mine.at and e.position <= mine.most order by position limit 1) first
     order by shard`,
    [log.id, consumer, after, projection.batch, most, these === null ? null : arrayLiteral(these)],
  );
  return rows;
}

/** Moves positions, past what was suspected, and does away with the step's intent; every ten seconds the position before is kept, for the rate. */
async function move(
  tx: Sql,
  { schema, log }: Following,
  consumer: string,
  pieces: readonly Piece[],
  intent: StepIntent | undefined,
): Promise<void> {
  const passed = 'x.upto >= c.suspect';
  const due = `(c.rate_since is null or c.rate_since < clock_timestamp() - interval '10 seconds')`;
  await tx.query(
    `with done as (delete from ${schema}.step_intent where id = $5::int)
     update ${schema}.log_consumer c set at = x.upto, step = case when ${passed} then null else c.step end, suspect = case when ${passed} then null else c.suspect end,
       rate_at = case when ${due} then c.at else c.rate_at end, rate_since = case when ${due} then clock_timestamp() else c.rate_since end
     from unnest($1::int2[], $2::int8[]) x (shard, upto) where c.log = $3 and c.consumer = $4 and c.shard = x.shard`,
    [
      arrayLiteral(pieces.map((piece) => piece.shard)),
      arrayLiteral(pieces.map((piece) => piece.upto)),
      log.id,
      consumer,
      intent?.id ?? null,
    ],
  );
}
