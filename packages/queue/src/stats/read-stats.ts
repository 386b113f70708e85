import { UNKEPT_SECONDS } from '../jobs/job-queue.ts';
import { quote } from '../postgres/identifiers.ts';
import { integer, type Row, type Sql, text } from '../postgres/sql.ts';
import type { ConsumerStats, ProjectionStats, QueueStats, Stats, TableStats } from './stats.ts';

/**
 * Reads everything in one statement, so that all figures are of one moment. Of pg-boss's tables it counts what pg-boss
 * itself counts only once a minute; it writes to none of them.
 */
export async function readStats(sql: Sql, schema: string): Promise<Stats> {
  const { rows } = await sql.query(statement(schema), [schema, `${schema}_jobs`]);
  const [row] = rows;
  const list = (column: string): Row[] => (row?.[column] ?? []) as Row[];
  return {
    readAt: row?.['read_at'] as Date,
    queues: [...list('slices'), ...list('jobs')].map(queueOf),
    projections: list('projections').map(projectionOf),
    consumers: list('consumers').map(consumerOf),
    scheduleLagSeconds: row?.['schedule_lag'] == null ? null : Math.max(0, Number(row['schedule_lag'])),
    tables: list('tables').map(tableOf),
    longestTransactionSeconds: Math.max(0, Number(row?.['longest_transaction'])),
  };
}

const statement = (schema: string): string => {
  const own = quote(schema);
  // Of more runs than these the slices are history: they say nothing about now, and there may be very many.
  const latest = `s.run in (select l.id from ${own}.run l where l.projection = p.id order by l.started_at desc limit 20)`;
  return `with now as (select clock_timestamp() as at),
  open as (
    select r.projection, s.created_at,
      case when r.paused_at is not null then 'blocked' when s.starts > s.settled then 'active' when s.error is not null then 'failed'
           when s.touched_at > now.at then 'deferred' else 'ready' end as state
    from now, ${own}.slice s join ${own}.run r on r.id = s.run where s.done_at is null and r.finished_at is null
  ),
  tables as (select p.* from ${own}.projection p where not exists (select from ${own}.projection_build b where b.projection = p.id)),
  slices as (
    select 'slices/' || p.name || '_v' || p.version as queue,
      count(*) filter (where o.state = 'ready') as ready, count(*) filter (where o.state = 'deferred') as deferred,
      count(*) filter (where o.state = 'blocked') as blocked, count(*) filter (where o.state = 'active') as active,
      count(*) filter (where o.state = 'failed') as failed,
      extract(epoch from max(now.at - o.created_at) filter (where o.state = 'ready')) as oldest,
      (select count(*) from ${own}.slice s where ${latest} and s.done_at > now.at - interval '5 minutes') / 300.0 as per_second
    from now cross join tables p left join open o on o.projection = p.id group by p.id, p.name, p.version, now.at order by 1
  ),
  projections as (
    select p.name || '_v' || p.version as label, count(r.id) as runs, count(r.paused_at) as paused,
      coalesce(sum(sums.expected), 0) as expected, coalesce(sum(sums.processed), 0) as processed,
      coalesce(sum(greatest(sums.remaining, 0)) filter (where r.paused_at is null), 0) as remaining,
      (select sum(s.scored + s.rejected) / nullif(sum(extract(epoch from s.done_at - s.began_at)), 0)
       from ${own}.slice s where ${latest} and s.done_at is not null and s.scored + s.rejected > 0) as per_worker,
      extract(epoch from max(now.at - r.started_at) filter (where r.paused_at is null)) as lag
    from now cross join tables p left join ${own}.run r on r.projection = p.id and r.finished_at is null
      left join lateral (
        select sum(s.expected) as expected, sum(s.scored + s.rejected + s.parked) as processed,
          sum(s.expected - s.scored - s.rejected - s.parked) filter (where s.done_at is null) as remaining
        from ${own}.slice s where s.run = r.id
      ) sums on true
    group by p.id, p.name, p.version, now.at order by 1
  ),
  live as (
    select p.name || '_v' || p.version as label, b.number from ${own}.projection_build b join ${own}.projection p on p.id = b.projection where b.live
  ),
  -- A build that is not live is fed by whoever makes it, and stands still afterwards: it is nobody's lag.
  consumers as (
    select l.name as log, coalesce('projection:' || live.label, c.consumer) as consumer, sum(h.last - c.at) as behind, extract(epoch from max(now.at - oldest.recorded_at)) as lag
    from now cross join ${own}.log_consumer c join ${own}.event_log l on l.id = c.log
      join ${own}.log_head h on h.log = c.log and h.shard = c.shard
      left join live on c.consumer = 'projection:' || live.label || ':' || live.number
      left join lateral (
        select e.recorded_at from ${own}.event e where e.log = c.log and e.shard = c.shard and e.position > c.at order by e.position limit 1
      ) oldest on h.last > c.at
    where live.label is not null or c.consumer !~ '^projection:' group by l.name, c.consumer, live.label
    union all
    select scores.source ->> 'table', 'projection:' || p.name || '_v' || p.version, count(r.subject), extract(epoch from max(now.at - r.marked_at))
    from now cross join ${own}.board m join ${own}.projection p on p.id = (m.definition ->> 'marks')::int
      join ${own}.projection scores on scores.id = m.projection join ${own}.projection_build b on b.projection = p.id and b.live
      left join ${own}.refold r on r.projection = p.id and r.build = b.number and r.code is null
    group by p.id, p.name, p.version, scores.source order by 1, 2
  ),
  jobs as (${jobs(quote(`${schema}_jobs`))})
  select now.at as read_at, (select json_agg(s) from slices s) as slices, (select json_agg(j) from jobs j) as jobs,
    (select json_agg(p) from projections p) as projections,
    (select json_agg(c) from consumers c) as consumers, (${scheduleLag(quote(`${schema}_jobs`))}) as schedule_lag, (select json_agg(t) from (${TABLES}) t) as tables,
    (select coalesce(extract(epoch from max(now.at - a.xact_start)), 0) from pg_stat_activity a
     where a.datname = current_database() and a.pid <> pg_backend_pid()) as longest_transaction
  from now`;
};

/** When pg-boss last looked at its schedules, which it stamps before it enqueues what is due. */
const scheduleLag = (boss: string): string => `
    select extract(epoch from now.at - v.cron_on) from ${boss}.version v
    where exists (select from ${boss}.schedule s where s.name !~ '^__pgboss__')`;

/** The queues of pg-boss, but for those of slices, whose truth is the slice, and its own. The states as pg-boss defines them. */
const jobs = (boss: string): string => `
    select q.name as queue, live.*,
      case when q.deletion_seconds <> ${UNKEPT_SECONDS} then (select count(*) from ${boss}.job j where j.name = q.name and j.completed_on > now.at - interval '5 minutes' and j.state = 'completed') / 300.0 end as per_second
    from now cross join ${boss}.queue q cross join lateral (
      select count(*) filter (where j.state < 'active' and not j.blocked and j.start_after <= now.at) as ready,
        count(*) filter (where j.state < 'active' and not j.blocked and j.start_after > now.at) as deferred,
        count(*) filter (where j.state < 'active' and j.blocked) as blocked,
        count(*) filter (where j.state = 'active') as active, count(*) filter (where j.state = 'failed') as failed,
        extract(epoch from now.at - min(greatest(j.created_on, j.start_after)) filter (where j.state < 'active' and not j.blocked and j.start_after <= now.at)) as oldest
      from ${boss}.job j where j.name = q.name and (j.state <= 'active' or j.state = 'failed')
    ) live where q.name !~ '^(slices/|__pgboss__)' order by 1`;

/**
 * Statistics of the tables in both schemas. The bloat of an index is what it takes above the pages that its entries
 * would fill: pg-boss's estimate, and check_postgres's before it.
 */
const TABLES = `
    select kind, coalesce(sum(live), 0) as live, coalesce(sum(dead), 0) as dead, coalesce(sum(bytes), 0) as bytes, coalesce(sum(bloat), 0) as bloat from (
      select case when n.nspname = $2 then 'job' when c.relname in ('slice', 'run') then c.relname
          when c.relname ~ '^(score|standing)_' then split_part(c.relname, '_', 1) when c.relname ~ '^(log|event|stream)' then 'log' else 'other' end as kind,
        pg_stat_get_live_tuples(c.oid) as live, pg_stat_get_dead_tuples(c.oid) as dead, pg_total_relation_size(c.oid) as bytes,
        (select sum(greatest(pg_relation_size(i.oid) - 8192 * greatest(ceil(i.reltuples * (w.width + 20) / 8192.0), 1), 0))
         from pg_index x join pg_class i on i.oid = x.indexrelid cross join lateral (
           select coalesce(sum(s.avg_width), 0) as width from pg_attribute a
             join pg_stats s on s.schemaname = n.nspname and s.tablename = c.relname and s.attname = a.attname
           where a.attrelid = c.oid and a.attnum = any (x.indkey)
         ) w where x.indrelid = c.oid and i.relkind = 'i' and i.reltuples >= 0 and i.relpages > 1) as bloat
      from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname in ($1, $2) and c.relkind = 'r'
    ) each_table group by kind order by kind`;

const queueOf = (row: Row): QueueStats => ({
  queue: text(row, 'queue'),
  ready: integer(row, 'ready'),
  deferred: integer(row, 'deferred'),
  blocked: integer(row, 'blocked'),
  active: integer(row, 'active'),
  failed: integer(row, 'failed'),
  oldestSeconds: Number(row['oldest'] ?? 0),
  completedPerSecond: row['per_second'] === null ? null : Number(row['per_second']),
});

const projectionOf = (row: Row): ProjectionStats => ({
  label: text(row, 'label'),
  runs: integer(row, 'runs'),
  paused: integer(row, 'paused'),
  expected: integer(row, 'expected'),
  processed: integer(row, 'processed'),
  remaining: integer(row, 'remaining'),
  perWorkerSecond: row['per_worker'] === null ? null : Number(row['per_worker']),
  lagSeconds: Number(row['lag'] ?? 0),
});

const consumerOf = (row: Row): ConsumerStats => ({
  log: text(row, 'log'),
  consumer: text(row, 'consumer'),
  behind: integer(row, 'behind'),
  lagSeconds: Math.max(0, Number(row['lag'] ?? 0)),
});

const tableOf = (row: Row): TableStats => ({
  kind: text(row, 'kind') as TableStats['kind'],
  liveTuples: integer(row, 'live'),
  deadTuples: integer(row, 'dead'),
  bytes: integer(row, 'bytes'),
  indexBloatBytes: Math.round(Number(row['bloat'])),
});
