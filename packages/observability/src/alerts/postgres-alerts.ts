import { type Alert, warning } from './alert.ts';
import type { Names } from './dialect.ts';
import type { Thresholds } from './thresholds.ts';

/** What it is done on. */
export function postgresAlerts(m: Names, t: Thresholds): Alert[] {
  const tuples = (state: string): string =>
    `max by (scorekeep_table) (${m('scorekeep.table.tuples')}{scorekeep_state="${state}"})`;
  const count = m('db.client.connection.count');
  const pool = 'db_client_connection_pool_name';
  return [
    warning(
      'ScorekeepPoolExhausted',
      `sum by (instance, ${pool}) (${m('db.client.connection.pending_requests')}) > 0 or sum by (instance, ${pool}) (${count}{db_client_connection_state="used"}) / sum by (instance, ${pool}) (${m('db.client.connection.max')}) > ${t.pool}`,
      '2m',
      '{{ $labels.instance }}: connections are used up',
      'Pass a larger poolSize, or fewer workers; look for transactions of the host that stay open.',
    ),
    warning(
      'ScorekeepDeadTuples',
      `${tuples('dead')} / (${tuples('live')} + ${tuples('dead')}) > ${t.deadTuples} and ${tuples('dead')} > 10000`,
      '30m',
      '{{ $labels.scorekeep_table }}: {{ $value | humanizePercentage }} of the tuples are dead',
      'Autovacuum does not keep up, or a long transaction keeps it from it.',
    ),
    warning(
      'ScorekeepLongTransaction',
      `max by (scorekeep_schema) (${m('scorekeep.transaction.longest')}) > ${t.transactionSeconds}`,
      '5m',
      'A transaction has been open for {{ $value | humanizeDuration }}',
      'It keeps dead tuples everywhere. Find it in pg_stat_activity by xact_start.',
    ),
    warning(
      'ScorekeepIndexBloat',
      `max by (scorekeep_table) (${m('scorekeep.index.bloat')}) > ${t.bloatBytes}`,
      '1h',
      '{{ $labels.scorekeep_table }}: indexes take {{ $value | humanize1024 }}B more than they need',
      'REINDEX INDEX CONCURRENTLY, when it is quiet. An estimate: run ANALYZE first.',
    ),
    warning(
      'ScorekeepBackupOld',
      `min(${m('scorekeep.backup.age')}) > ${t.backupSeconds}`,
      '15m',
      'The last backup is {{ $value | humanizeDuration }} old',
      'Make one, and see why none was made.',
    ),
  ];
}
