/**
 * Turns facts that lie in Postgres into scores and standings, exactly once, on Postgres alone.
 *
 * @module
 */

export type { StandardSchema } from '@scorekeep/core/events';
export { fromDrizzle, fromKnex, fromKysely, fromPrisma } from 'pg-boss';
export type { ClosedWindow } from './boards/archive.ts';
export type { AwardedPrize, Claim } from './boards/award-prizes.ts';
export {
  type Board,
  type BoardDefinition,
  type BoardOperator,
  type BoardRank,
  board,
  type TieBreak,
} from './boards/board.ts';
export type { Comparison, Move, Place } from './boards/compare.ts';
export type { Exclusion, ExclusionOptions } from './boards/exclude.ts';
export type { ExportOptions } from './boards/export-board.ts';
export type { KeepBoards } from './boards/keep-boards.ts';
export type { Entry } from './boards/read-board.ts';
export { type ConnectOptions, connect } from './connect.ts';
export { ERROR_CODES, type ErrorCode, ScorekeepError } from './errors.ts';
export type { Difference, Differences } from './event-projections/diff-builds.ts';
export type {
  Apply,
  EventProjection,
  EventProjectionDefinition,
  StepFold,
} from './event-projections/event-projection.ts';
export type { FoldingProjection, KeepProjections, ProjectionMethods } from './event-projections/keep-projections.ts';
export type { RebuildOptions, Rebuilt } from './event-projections/rebuild.ts';
export type { ProjectionBuild } from './event-projections/register-events.ts';
export type { EventProjectionStatus } from './event-projections/status-of-events.ts';
export { type Carrier, type Carries, type Encloses, type Facts, subscribe } from './facts.ts';
export type { EnqueueOptions, Receipt } from './jobs/enqueue.ts';
export type { FlowOptions, FlowReceipt, Step } from './jobs/flow.ts';
export { type BatchContext, type Job, type JobContext, type JobDefinition, job } from './jobs/job.ts';
export type { JobStatus } from './jobs/job-status.ts';
export type { AnyJob, KeepJobs } from './jobs/keep-jobs.ts';
export { dead, retry, type Unfinished } from './jobs/outcome.ts';
export type { FinishedOptions, Keep, PreviewOptions, RunOptions, RunReference, StartOptions } from './keep.ts';
export type { Appended, AppendOptions, ExpectedVersion } from './log/append.ts';
export type { Audit, AuditedRead, AuditedReadsOptions } from './log/audit.ts';
export type { ConsumeOptions } from './log/consume.ts';
export type { LogConsumer } from './log/consumers.ts';
export type { Decided, DecideOptions } from './log/decide-stream.ts';
export { type EventLog, type EventLogDefinition, eventLog, type LogLimits } from './log/event-log.ts';
export type { CatchUp, CatchUpOptions, FoldedStream, FoldOptions, StreamFold } from './log/fold-stream.ts';
export type { KeepLog, KeepLogs } from './log/keep-log.ts';
export type { Pruned, PrunedSegment, PruneOptions } from './log/prune.ts';
export type { LoggedEvent, ShardRange } from './log/read-log.ts';
export type { ReadStreamOptions, StreamPage } from './log/read-stream.ts';
export type { EventReceipt, Refusal } from './log/receipt.ts';
export type { ProcessingError, RecentEvent, RecentOptions } from './log/recent.ts';
export type { ReplayRange } from './log/replay.ts';
export type { Quarantined, QuarantinedEvent } from './log/review-quarantine.ts';
export type { LogStatistics, TypeStatistics } from './log/statistics.ts';
export { type MigrationReport, migrate } from './migrate.ts';
export type { Sql } from './postgres/sql.ts';
export { type Backend, type Projection, type ProjectionDefinition, projection } from './projections/projection.ts';
export type { KeepReplica, ReplicaMethods, Stale } from './replica/keep-replica.ts';
export type { Staleness } from './replica/staleness.ts';
export type { RunStatus } from './runs/run-status.ts';
export type { Run, Scope } from './runs/start-run.ts';
export type { Status } from './runs/status.ts';
export type {
  ItemFold,
  ScoredItem,
  ScoreProjection,
  ScoreProjectionDefinition,
} from './score-projections/score-projection.ts';
export type { Observation, PoolUse } from './stats/observer.ts';
export type { ProjectionStats, QueueStats, Stats, TableStats } from './stats/stats.ts';
export type { PastScore } from './tables/read-history.ts';
export { type TableLog, type TableLogDefinition, tableLog } from './tables/table-log.ts';
