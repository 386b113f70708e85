import type pg from 'pg';
import type { PgBoss } from 'pg-boss';
import { lockProjection } from '../boards/register-board.ts';
import { ScorekeepError } from '../errors.ts';
import { createQueues, dispatchParked, queuesOf } from '../jobs/boss.ts';
import type { EventLog } from '../log/event-log.ts';
import type { RegisteredLog } from '../log/register-log.ts';
import { quote } from '../postgres/identifiers.ts';
import { transaction } from '../postgres/transaction.ts';
import { diffBuilds } from './diff-builds.ts';
import { eventFold } from './event-fold.ts';
import { type EventProjection, isFoldSet } from './event-projection.ts';
import { foldStateOf } from './fold-set.ts';
import { step } from './follow.ts';
import type { Following } from './following.ts';
import type { KeepProjections } from './keep-projections.ts';
import { viewOf } from './pieces.ts';
import { assertBuild, liveNumber, rebuild, rebuildAt, switchBuild } from './rebuild.ts';
import { dropBuild, ensureBuild, readBuilds, registerEvents } from './register-events.ts';
import { skipEvent } from './retry-event.ts';
import { readEventStatus } from './status-of-events.ts';

/** What event projections of a connection work with. */
export interface ProjectionContext {
  readonly pool: pg.Pool;
  /** For what must not wait behind the transactions of the host that need it. */
  readonly registrar: pg.Pool;
  readonly schema: string;
  readonly boss: PgBoss;
  /** Makes a log known, or answers it. */
  readonly logOf: (log: EventLog) => Promise<RegisteredLog>;
  /** Remembers what succeeded; refuses when the connection has been stopped. */
  readonly once: <K extends object, T>(cache: WeakMap<K, Promise<T>>, key: K, make: () => Promise<T>) => Promise<T>;
}

/** The methods of the handle that concern event projections, and how to follow one. */
export function projectionsOf(context: ProjectionContext): {
  readonly methods: KeepProjections;
  readonly know: (projection: EventProjection) => Promise<Following>;
} {
  const { pool, registrar, schema, boss, logOf, once } = context;
  const known = new WeakMap<EventProjection, Promise<Following>>();

  const register = async (projection: EventProjection): Promise<Following> => {
    const log = await logOf(projection.from);
    const after: number[] = [];
    for (const first of projection.after) after.push((await know(first)).id);
    const label = `${projection.name}_v${projection.version}`;
    const queues = queuesOf(label);
    await createQueues(boss, queues);
    return transaction(registrar, async (tx) => {
      const id = await registerEvents(tx, schema, projection);
      const following: Following = {
        id,
        label,
        projection,
        log,
        pool,
        schemaName: schema,
        schema: quote(schema),
        after,
        fold: eventFold(projection, log),
        dispatch: (sql, references) =>
          dispatchParked(
            boss,
            sql,
            queues.parked,
            references.map((key) => ({ projection: id, key })),
          ),
      };
      await ensureBuild(tx, following);
      return following;
    });
  };
  const know = (projection: EventProjection): Promise<Following> => {
    if (projection?.kind === 'event-projection') return once(known, projection, () => register(projection));
    throw new ScorekeepError('DEFINITION_INVALID', 'The projection must be one of an eventLog(…).');
  };

  const methods: KeepProjections['projections'] = {
    async state<State>(projection: EventProjection<State>, subject: string) {
      const { label, fold } = await know(projection as EventProjection);
      if (fold.columns === null) throw hasNoState(label);
      const { rows } = await pool.query(`select * from ${viewOf(quote(schema), label)} where subject = $1`, [subject]);
      if (rows[0] === undefined) return undefined;
      const set = projection.fold;
      return (isFoldSet(set) ? foldStateOf(projection as EventProjection, set, rows[0]) : rows[0].state) as State;
    },
    status: async (projection) => readEventStatus(pool, await know(projection)),
    async catchUp(projection) {
      const following = await know(projection);
      for (let passed = 0; ; ) {
        const stepped = await step(following, following.log.shards);
        if (stepped === undefined) return passed;
        passed += stepped.events;
      }
    },
    async pause(projection) {
      const { id } = await know(projection);
      return transaction(pool, async (tx) => {
        await lockProjection(tx, id);
        const { rowCount } = await tx.query(
          `update ${quote(schema)}.projection_build set paused_at = clock_timestamp() where projection = $1 and live and paused_at is null`,
          [id],
        );
        return rowCount === 1;
      });
    },
    async resume(projection) {
      const { id } = await know(projection);
      const { rowCount } = await pool.query(
        `update ${quote(schema)}.projection_build set paused_at = null where projection = $1 and live and paused_at is not null`,
        [id],
      );
      return rowCount === 1;
    },
    async skip(projection, event) {
      const following = await know(projection);
      return transaction(pool, (tx) => skipEvent(tx, following, event));
    },
    rebuild: async (projection, options = {}) => rebuild(await know(projection), options),
    async switchTo(projection, build, options = {}) {
      const following = await know(projection);
      await assertBuild(pool, following, build, { changeable: true });
      return switchBuild(following, build, options);
    },
    rebuildAt: async (projection, time) => rebuildAt(await know(projection), time),
    async diff(projection, build, after) {
      const following = await know(projection);
      if (following.fold.columns === null) throw hasNoState(following.label);
      const other = after ?? (await liveNumber(pool, following));
      for (const number of [build, other]) await assertBuild(pool, following, number);
      return diffBuilds(pool, following, build, other);
    },
    builds: async (projection) => readBuilds(pool, await know(projection)),
    async dropBuild(projection, build) {
      const following = await know(projection);
      await transaction(pool, async (tx) => {
        await lockProjection(tx, following.id);
        await assertBuild(tx, following, build);
        if ((await liveNumber(tx, following)) === build) {
          throw new ScorekeepError('DEFINITION_INVALID', `Build ${build} of ${following.label} is live; switch first.`);
        }
        await dropBuild(tx, following, build);
      });
    },
  };
  return { methods: { projections: methods }, know };
}

const hasNoState = (label: string): ScorekeepError =>
  new ScorekeepError('DEFINITION_INVALID', `${label} applies events to tables of the host, and keeps no state.`, {
    label,
  });
