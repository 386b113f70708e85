import type pg from 'pg';
import { ScorekeepError } from '../errors.ts';
import { quote } from '../postgres/identifiers.ts';
import { transaction } from '../postgres/transaction.ts';
import { assertText } from './assert-storable.ts';
import type { RegisteredLog } from './register-log.ts';
import { shardOf } from './shard-of.ts';

/**
 * Erases a subject: deletes the key that its data is sealed with, its snapshots, and what is quarantined of it. Its events
 * stay where they are, without data; positions, counts and hash chains are as before. Nothing more is taken of it.
 *
 * @returns false when it had been erased before
 * @throws ScorekeepError NOT_ERASABLE when the log was not made with `erasable: true`
 */
export async function erase(pool: pg.Pool, log: RegisteredLog, subject: string): Promise<boolean> {
  if (!log.erasable) {
    throw new ScorekeepError('NOT_ERASABLE', `Log "${log.name}" seals nothing: it was made without erasable: true.`, {
      log: log.name,
    });
  }
  assertText('subject', subject);
  const at = quote(log.schema);
  const place = [log.id, shardOf(subject, log.shards), subject];
  return transaction(pool, async (tx) => {
    const { rowCount } = await tx.query(
      `insert into ${at}.subject_key as k (log, shard, subject, key, erased_at) values ($1, $2, $3, null, clock_timestamp())
       on conflict (log, shard, subject) do update set key = null, erased_at = excluded.erased_at where k.key is not null`,
      place,
    );
    await tx.query(`delete from ${at}.snapshot where log = $1 and shard = $2 and stream = $3`, place);
    await tx.query(`delete from ${at}.quarantine where log = $1 and shard = $2 and subject = $3`, place);
    return (rowCount ?? 0) > 0;
  });
}
