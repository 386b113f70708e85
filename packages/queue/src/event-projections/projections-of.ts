import type { FoldSet } from '@scorekeep/core/rules';
import type pg from 'pg';
import type { PgBoss } from 'pg-boss';
import { assertLimit } from '../assert-limit.ts';
import { lockProjection } from '../boards/register-board.ts';
import { ScorekeepError } from '../errors.ts';
import { createQueues, dispatchParked, type ParkedItem, queuesOf, withdrawParked } from '../jobs/boss.ts';
import type { EventLog } from '../log/event-log.ts';
import type { RegisteredLog } from '../log/register-log.ts';
import { quote } from '../postgres/identifiers.ts';
import type { Sql } from '../postgres/sql.ts';
import { transaction } from '../postgres/transaction.ts';
import type { Projection } from '../projections/projection.ts';
import type { Registered } from '../projections/register.ts';
import { itemFolds } from '../score-projections/item-folds.ts';
import { markAgain } from '../score-projections/marks.ts';
import { rebuildScores, rebuildScoresAt, switchScoreBuild } from '../score-projections/rebuild-scores.ts';
import { refoldAll } from '../score-projections/refold.ts';
import type { Refolding } from '../score-projections/refolding.ts';
import { dropScoreBuild, ensureScoreBuild, registerScores } from '../score-projections/register-scores.ts';
import type { ScoreProjection } from '../score-projections/score-projection.ts';
import { readScoreStatus } from '../score-projections/status-of-scores.ts';
import { diffBuilds } from './diff-builds.ts';
import { eventFold } from './event-fold.ts';
import { type EventProjection, isFoldSet, type StepFold } from './event-projection.ts';
import { foldStateOf } from './fold-set.ts';
import { step } from './follow.ts';
import type { Following } from './following.ts';
import type { FoldingProjection, KeepProjections } from './keep-projections.ts';
import { viewOf } from './pieces.ts';
import { reapSteps } from './reap-steps.ts';
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
  /** A connection, or all of a pool, for statements that come again and again. */
  readonly sql: Following['sql'];
  /** Makes a projection that scores known, or answers it. */
  readonly sourceOf: (projection: Projection) => Promise<Registered>;
  /** Makes a log known, or answers it. */
  readonly logOf: (log: EventLog) => Promise<RegisteredLog>;
  /** Remembers what succeeded; refuses when the connection has been stopped. */
  readonly once: <K extends object, T>(cache: WeakMap<K, Promise<T>>, key: K, make: () => Promise<T>) => Promise<T>;
}

/** The methods of the handle that concern event projections, and how to follow one. */
export function projectionsOf(context: ProjectionContext): {
  readonly methods: KeepProjections;
  readonly know: (projection: EventProjection) => Promise<Following>;
  readonly knowScores: (projection: ScoreProjection) => Promise<Refolding>;
  readonly readState: ReadState;
} {
  const { pool, registrar, schema, boss, sql, logOf, sourceOf, once } = context;
  const known = new WeakMap<EventProjection, Promise<Following>>();
  const knownScores = new WeakMap<ScoreProjection, Promise<Refolding>>();

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
        sql,
        fold: eventFold(projection, log, sql),
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

  const registerFold = async (projection: ScoreProjection): Promise<Refolding> => {
    const source = await sourceOf(projection.of);
    const after: Refolding[] = [];
    for (const first of projection.after) after.push(await knowScores(first));
    const label = `${projection.name}_v${projection.version}`;
    const queues = queuesOf(label);
    await createQueues(boss, queues);
    return transaction(registrar, async (tx) => {
      const id = await registerScores(tx, schema, projection, source);
      const itemsOf = (references: readonly (readonly string[])[]): ParkedItem[] =>
        references.map((key) => ({ projection: id, key }));
      const refolding: Refolding = {
        id,
        label,
        projection,
        source,
        after,
        pool,
        schemaName: schema,
        schema: quote(schema),
        fold: itemFolds(projection, source.target),
        dispatch: (sql, references) => dispatchParked(boss, sql, queues.parked, itemsOf(references)),
        withdraw: (sql, references) => withdrawParked(boss, sql, schema, queues, itemsOf(references)),
      };
      await ensureScoreBuild(tx, refolding);
      return refolding;
    });
  };
  const knowScores = (projection: ScoreProjection): Promise<Refolding> => {
    if (projection?.kind === 'score-projection') return once(knownScores, projection, () => registerFold(projection));
    throw new ScorekeepError('DEFINITION_INVALID', 'The projection must be a fold over scores or over a tableLog(…).');
  };
  const knowAny = (projection: FoldingProjection): Promise<Following | Refolding> =>
    projection?.kind === 'score-projection' ? knowScores(projection) : know(projection);

  const readState: ReadState = async <State>(
    from: Sql,
    projection: FoldingProjection<State>,
    subject: string | number,
  ) => {
    const { label, fold } = await knowAny(projection as FoldingProjection);
    if (fold.columns === null) throw hasNoState(label);
    const { rows } = await from.query(`select * from ${viewOf(quote(schema), label)} where subject = $1`, [
      String(subject),
    ]);
    if (rows[0] === undefined) return undefined;
    const set = projection.fold as FoldSet | StepFold<unknown>;
    return (isFoldSet(set) ? foldStateOf(projection, set, rows[0]) : rows[0]['state']) as State;
  };

  const methods: KeepProjections['projections'] = {
    state: (projection, subject) => readState(pool, projection, subject),
    async status(projection) {
      const one = await knowAny(projection);
      return isRefolding(one) ? readScoreStatus(pool, one) : readEventStatus(pool, one);
    },
    async catchUp(projection) {
      const following = await knowAny(projection);
      if (isRefolding(following)) return refoldAll(following);
      await reapSteps(following);
      for (let passed = 0; ; ) {
        const stepped = await step(following, following.log.shards);
        if (stepped === undefined) return passed;
        passed += stepped.events;
      }
    },
    async pause(projection) {
      const { id } = await knowAny(projection);
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
      const { id } = await knowAny(projection);
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
    async refold(projection, subjects) {
      const refolding = await knowScores(projection);
      assertLimit('subjects.length', subjects?.length ?? 0, 0, SUBJECTS_MAX);
      return markAgain(pool, refolding, subjects?.map(String));
    },
    async rebuild(projection, options = {}) {
      const following = await knowAny(projection);
      return isRefolding(following) ? rebuildScores(following, options) : rebuild(following, options);
    },
    async switchTo(projection, build, options = {}) {
      const following = await knowAny(projection);
      if (isRefolding(following)) return switchScoreBuild(following, build, options);
      await assertBuild(pool, following, build, { changeable: true });
      return switchBuild(following, build, options);
    },
    async rebuildAt(projection, time) {
      const following = await knowAny(projection);
      return isRefolding(following) ? rebuildScoresAt(following, time) : rebuildAt(following, time);
    },
    async diff(projection, build, after) {
      const following = await knowAny(projection);
      if (following.fold.columns === null) throw hasNoState(following.label);
      const other = after ?? (await liveNumber(pool, following));
      for (const number of [build, other]) await assertBuild(pool, following, number);
      return diffBuilds(pool, following, build, other);
    },
    builds: async (projection) => readBuilds(pool, await knowAny(projection)),
    async dropBuild(projection, build) {
      const following = await knowAny(projection);
      await transaction(pool, async (tx) => {
        await lockProjection(tx, following.id);
        await assertBuild(tx, following, build);
        if ((await liveNumber(tx, following)) === build) {
          throw new ScorekeepError('DEFINITION_INVALID', `Build ${build} of ${following.label} is live; switch first.`);
        }
        await (isRefolding(following) ? dropScoreBuild(tx, following, build) : dropBuild(tx, following, build));
      });
    },
  };
  return { methods: { projections: methods }, know, knowScores, readState };
}

/** Reads the state of a subject from the primary or a standby. */
export type ReadState = <State>(
  from: Sql,
  projection: FoldingProjection<State>,
  subject: string | number,
) => Promise<State | undefined>;

const isRefolding = (one: Following | Refolding): one is Refolding => 'source' in one;

/** Most subjects that are named at once to be folded again. */
const SUBJECTS_MAX = 1000;

const hasNoState = (label: string): ScorekeepError =>
  new ScorekeepError('DEFINITION_INVALID', `${label} applies events to tables of the host, and keeps no state.`, {
    label,
  });
