import { publish } from '../facts.ts';
import { integer, type Sql, text } from '../postgres/sql.ts';
import { textArray } from '../postgres/text-array.ts';
import { arrayLiteral } from '../tables/array-literal.ts';
import type { Following } from './following.ts';
import type { Unapplied } from './pieces.ts';

/**
 * Notes events that a consumer passes without applying them, and makes a job for each that failed. One that waits behind
 * another of its subject has none: it goes on with that one.
 */
export async function parkEvents(
  tx: Sql,
  following: Following,
  consumer: string,
  events: readonly Unapplied[],
): Promise<number> {
  const { schema, log, label, projection } = following;
  await tx.query(
    `insert into ${schema}.parked_event (log, consumer, shard, position, subject, code)
     select $1, $2, * from unnest($3::int2[], $4::int8[], $5::text[], $6::text[])`,
    [
      log.id,
      consumer,
      arrayLiteral(events.map((event) => event.shard)),
      arrayLiteral(events.map((event) => event.position)),
      textArray(events.map((event) => event.subject)),
      textArray(events.map((event) => event.code)),
    ],
  );
  const failed = events.filter(({ code }) => code !== null);
  if (failed.length > 0)
    await following.dispatch(
      tx,
      failed.map((event) => referenceTo(consumer, event)),
    );
  for (const { shard, position, code } of failed)
    publish('event.parked', { log: projection.from.name, label, shard, position, code: code ?? '' });
  return events.length;
}

/** How a job names a parked event. */
export const referenceTo = (
  consumer: string,
  { shard, position }: Pick<Unapplied, 'shard' | 'position'>,
): readonly string[] => [consumer, String(shard), String(position)];

/** Subjects of the shards of which an event is parked. */
export async function blockedSubjects(
  tx: Sql,
  { schema, log }: Following,
  consumer: string,
  shards: readonly number[],
): Promise<ReadonlySet<string>> {
  const { rows } = await tx.query(
    `select distinct subject from ${schema}.parked_event where log = $1 and consumer = $2 and shard = any ($3::int2[])`,
    [log.id, consumer, arrayLiteral(shards)],
  );
  return new Set(rows.map((row) => text(row, 'subject')));
}

/** The first parked event of a subject, by position. */
export async function firstParked(
  tx: Sql,
  { schema, log }: Following,
  consumer: string,
  { shard, subject }: Pick<Unapplied, 'shard' | 'subject'>,
): Promise<number | undefined> {
  const { rows } = await tx.query(
    `select min(position) as first from ${schema}.parked_event where log = $1 and consumer = $2 and shard = $3 and subject = $4`,
    [log.id, consumer, shard, subject],
  );
  return rows[0]?.['first'] == null ? undefined : integer(rows[0], 'first');
}

/** Takes a parked event away; false when it was not there. */
export async function unpark(
  tx: Sql,
  { schema, log }: Following,
  consumer: string,
  { shard, position }: Pick<Unapplied, 'shard' | 'position'>,
): Promise<string | undefined> {
  const { rows } = await tx.query(
    `delete from ${schema}.parked_event where log = $1 and consumer = $2 and shard = $3 and position = $4 returning subject`,
    [log.id, consumer, shard, position],
  );
  return rows[0] === undefined ? undefined : text(rows[0], 'subject');
}

/** Notes that an event which waited has failed by itself, and makes it a job. */
export async function noteFailure(
  tx: Sql,
  following: Following,
  consumer: string,
  { shard, position }: Pick<Unapplied, 'shard' | 'position'>,
  code: string,
): Promise<void> {
  const { schema, log, label, projection } = following;
  await tx.query(
    `update ${schema}.parked_event set code = $5 where log = $1 and consumer = $2 and shard = $3 and position = $4`,
    [log.id, consumer, shard, position, code],
  );
  await following.dispatch(tx, [referenceTo(consumer, { shard, position })]);
  publish('event.parked', { log: projection.from.name, label, shard, position, code });
}
