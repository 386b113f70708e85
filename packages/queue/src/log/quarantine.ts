import type { Doubt } from '@scorekeep/core/events';
import { reasonText } from '@scorekeep/core/events';
import { quote } from '../postgres/identifiers.ts';
import { integer, type Sql } from '../postgres/sql.ts';
import { textArray } from '../postgres/text-array.ts';
import type { CheckedEvent } from './flush.ts';
import { DIGEST, isOpen } from './flush-statements.ts';
import { type RegisteredLog, seenTable } from './register-log.ts';

/** An event that is well formed and not believed. */
export interface Doubted {
  readonly entry: CheckedEvent & { readonly index: number };
  readonly doubts: readonly Doubt[];
}

/**
 * Keeps doubted events aside, in one statement that commits by itself. Each is kept once: what is in the log already, or
 * here with another payload, is told apart.
 *
 * @returns undefined when the log is read-only and nothing was kept
 */
export async function quarantine(
  sql: Sql,
  log: RegisteredLog,
  doubted: readonly Doubted[],
): Promise<readonly ('quarantined' | 'duplicate' | 'conflict')[] | undefined> {
  const table = `${quote(log.schema)}.quarantine`;
  const of = (value: (event: CheckedEvent) => string | number | null): string =>
    textArray(
      doubted.map(({ entry }) => {
        const one = value(entry);
        return one === null ? null : String(one);
      }),
    );
  const { rows } = await sql.query(
    `with input as materialized (
       select x.*, ${DIGEST('x')} as digest from rows from
         (unnest($1::uuid[], $2::int2[], $3::int2[], $4::int2[], $5::float8[], $6::text[], $7::text[], $8::text[], $9::text[]),
          jsonb_array_elements($10::jsonb), jsonb_array_elements($11::jsonb))
         with ordinality x(key, shard, type, schema_version, occurred, subject, id, source, reason, body, extensions, n)
       where ${isOpen(log)}),
     kept as (insert into ${table}
         (log, shard, key, digest, type, schema_version, occurred_at, subject, id, source, extensions, reason, body)
       select $12, shard, key, digest, type, schema_version, to_timestamp(occurred / 1000), subject, id, source,
         nullif(extensions, 'null'), reason, body
       from input i where not exists (select from ${seenTable(log)} s where s.log = $12 and s.shard = i.shard and s.key = i.key)
       order by shard, key on conflict do nothing)
     select i.n, s.digest is not null as seen, coalesce(s.digest, q.digest) = i.digest as same from input i
     left join ${seenTable(log)} s on s.log = $12 and s.shard = i.shard and s.key = i.key
     left join ${table} q on q.log = $12 and q.shard = i.shard and q.key = i.key order by i.n`,
    [
      of((event) => event.key),
      of((event) => event.shard),
      of((event) => event.type),
      of((event) => event.schemaVersion),
      of((event) => event.occurredAt),
      of((event) => event.subject),
      of((event) => event.id),
      of((event) => event.source),
      textArray(doubted.map(({ doubts }) => doubts.map(reasonText).join(' '))),
      `[${doubted.map(({ entry }) => entry.body).join(',')}]`,
      `[${doubted.map(({ entry }) => entry.extensions ?? 'null').join(',')}]`,
      log.id,
    ],
  );
  if (rows.length === 0) return undefined;
  return rows.map((row) => {
    integer(row, 'n');
    if (row['same'] === false) return 'conflict';
    return row['seen'] === true ? 'duplicate' : 'quarantined';
  });
}
