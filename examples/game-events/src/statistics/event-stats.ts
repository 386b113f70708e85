import type { Sql } from '@scorekeep/queue';

/** Spans of statistics, by the guide's names. */
export const TIMEFRAMES = { '1h': '1 hour', '24h': '24 hours', '7d': '7 days', '30d': '30 days' } as const;
export type Timeframe = keyof typeof TIMEFRAMES;

/**
 * What came in lately, in the guide's words; spans begin at a multiple of five minutes. Read from counts that are kept as
 * events are processed, so it costs the same for a million events as for ten.
 */
export interface EventStats {
  readonly timeframe: string;
  readonly summary: Readonly<Record<string, unknown>> & {
    readonly total_events: number;
    readonly pending_events: number;
    readonly avg_processing_time_seconds: number | null;
  };
  readonly event_types: readonly unknown[];
  readonly hourly_distribution: readonly unknown[];
}

/** What was processed, or has failed. Players are counted one by one, which takes long where there are many. */
export async function readEventStats(sql: Sql, timeframe: Timeframe): Promise<EventStats> {
  const span = TIMEFRAMES[timeframe];
  const summary = (await sql.query(SUMMARY, [span])).rows[0];
  const types = await sql.query(TYPES, [span]);
  const hours = await sql.query(HOURS);
  return {
    timeframe: span,
    summary: summary as EventStats['summary'],
    event_types: types.rows,
    hourly_distribution: hours.rows,
  };
}

/** The same with events that wait for being processed for the first time. */
export function withWaiting({ summary, ...stats }: EventStats, waiting: number): EventStats {
  const [total_events, pending_events] = [summary.total_events + waiting, summary.pending_events + waiting];
  return { ...stats, summary: { ...summary, total_events, pending_events } };
}

/** Of the transaction: the time of each row's reading would be no condition for an index. */
const SINCE = `date_bin('5 minutes', now() - $1::interval, 'epoch')`;

const SUMMARY = `
  with counted as (
    select coalesce(sum(events), 0) as events, sum(seconds) as seconds, count(distinct event_type) as types
    from event_counts where bucket >= ${SINCE}
  ), failing as (
    select count(*) as events, count(*) filter (where processing_attempts < 3) as pending
    from events where processing_error is not null and received_at >= ${SINCE}
  )
  select (c.events + f.events)::int as total_events, c.events::int as processed_events,
    f.pending::int as pending_events, f.events::int as failed_events,
    (select count(*)::int from player_stats where last_received_at >= ${SINCE}) as unique_users, c.types::int as event_types,
    (select min(received_at) from events where received_at >= ${SINCE}) as first_event,
    (select max(received_at) from events) as last_event,
    (c.seconds / nullif(c.events, 0))::float8 as avg_processing_time_seconds
  from counted c, failing f`;

const TYPES = `
  select event_type, sum(c.events)::int as count,
    (select count(*)::int from player_events p where p.event_type = c.event_type and p.last_received_at >= ${SINCE}) as unique_users
  from event_counts c where bucket >= ${SINCE} group by event_type order by count desc, event_type`;

const HOURS = `
  select date_trunc('hour', bucket) as hour, sum(events)::int as count
  from event_counts where bucket >= now() - interval '24 hours' group by hour order by hour desc`;
