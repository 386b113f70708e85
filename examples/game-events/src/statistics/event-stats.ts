import type { Sql } from '@scorekeep/queue';

/** Spans of statistics, by the guide's names. */
export const TIMEFRAMES = { '1h': '1 hour', '24h': '24 hours', '7d': '7 days', '30d': '30 days' } as const;
export type Timeframe = keyof typeof TIMEFRAMES;

/** What came in lately, in the guide's words. Of events that were kept and wait, only `pending_events` knows. */
export interface EventStats {
  readonly timeframe: string;
  readonly summary: Readonly<Record<string, unknown>> & { readonly avg_processing_time_seconds: number | null };
  readonly event_types: readonly unknown[];
  readonly hourly_distribution: readonly unknown[];
}

/** @param waiting how many events wait for being processed for the first time */
export async function readEventStats(sql: Sql, timeframe: Timeframe, waiting: number): Promise<EventStats> {
  const span = TIMEFRAMES[timeframe];
  const summary = (await sql.query(SUMMARY, [span, waiting])).rows[0];
  const types = await sql.query(TYPES, [span]);
  const hours = await sql.query(HOURS);
  return {
    timeframe: span,
    summary: summary as EventStats['summary'],
    event_types: types.rows,
    hourly_distribution: hours.rows,
  };
}

const SUMMARY = `
  select count(*)::int + $2::int as total_events, count(processed_at)::int as processed_events,
    (count(*) filter (where processed_at is null and processing_attempts < 3))::int + $2::int as pending_events,
    (count(*) filter (where processing_error is not null))::int as failed_events,
    count(distinct user_id)::int as unique_users, count(distinct event_type)::int as event_types,
    min(received_at) as first_event, max(received_at) as last_event,
    avg(extract(epoch from processed_at - received_at))::float8 as avg_processing_time_seconds
  from events where received_at > clock_timestamp() - $1::interval`;

const TYPES = `
  select event_type, count(*)::int as count, count(distinct user_id)::int as unique_users
  from events where received_at > clock_timestamp() - $1::interval group by event_type order by count desc, event_type`;

const HOURS = `
  select date_trunc('hour', received_at) as hour, count(*)::int as count
  from events where received_at > clock_timestamp() - interval '24 hours' group by hour order by hour desc`;
