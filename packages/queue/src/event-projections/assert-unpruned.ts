import { ScorekeepError } from '../errors.ts';
import { noteAttached } from '../log/segment.ts';
import { integer, type Sql } from '../postgres/sql.ts';
import type { Following } from './following.ts';

/**
 * Asserts that a log has all its events. They stay from when a build is there that has none of them, so ask behind that.
 *
 * @param message what cannot be done without them
 * @throws ScorekeepError EVENTS_PRUNED
 */
export async function assertUnpruned(tx: Sql, { schema, log, label }: Following, message: string): Promise<void> {
  await noteAttached(tx, log);
  const { rows } = await tx.query(
    `select count(*) as pruned from ${schema}.segment where log = $1 and detached_at is not null`,
    [log.id],
  );
  const pruned = integer(rows[0], 'pruned');
  if (pruned === 0) return;
  throw new ScorekeepError(
    'EVENTS_PRUNED',
    `${message}: ${pruned} segments of the log "${log.name}" are pruned. Attach them again, or raise the version, which begins with the oldest event there is.`,
    { label, log: log.name, segments: pruned },
  );
}
