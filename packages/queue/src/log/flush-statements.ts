import { quote } from '../postgres/identifiers.ts';
import type { NamedQuery } from './ask-again.ts';
import { eventTable, type RegisteredLog, seenTable } from './register-log.ts';

/** The statements that write events into a log, the same each time: they are parsed and planned once per connection. */
export function statementsOf(log: RegisteredLog): Statements {
  let made = statements.get(log);
  if (made === undefined) {
    // With the longest schema, no more than the 63 characters that a statement's name may have.
    const named = (name: string, text: string): Statement => ({ name: `${name}_${log.schema}_${log.id}`, text });
    made = {
      one: named('ingest_one', oneText(log)),
      oneWhole: named('ingest_one_whole', oneText(log, WHOLE)),
      fresh: named('ingest_new', freshText(log)),
      freshWhole: named('ingest_new_whole', freshText(log, RARE)),
      any: named('ingest_any', anyText(log)),
    };
    statements.set(log, made);
  }
  return made;
}

/**
 * A single new event, as little as will do: this is the latency of a caller who is alone. No row: the log is read-only.
 * The head is taken first, which saves a look at it. Only the same event, sent to two processes at once, can make that a
 * deadlock with the other statements, and the loser of it asks again.
 */
function oneText(log: RegisteredLog, more?: typeof WHOLE): string {
  const { id } = log;
  return `with head as (update ${headTable(log)} set last = last + 1
  where log = ${id} and shard = $2::int2 and not readonly returning last),
fresh as (insert into ${seenTable(log)} (log, shard, key, digest)
  select ${id}, $2, $1::uuid, ${digestOf('$7::jsonb', '$6::text', '$3::int2', '$4::int2')} from head),
written as (insert into ${eventTable(log)}
  (log, shard, position, key, type, schema_version, occurred_at, subject, body${more?.columns ?? ''})
  select ${id}, $2, last, $1, $3, $4, to_timestamp($5::float8 / 1000), $6, $7${more?.values ?? ''} from head)
select last${more?.answer ?? ''} from head`;
}

/** The columns of what few events have. */
const RARE_COLUMNS = ', id, source, extensions';

/** What few events have, and the database's clock in Unix milliseconds, which need not be heard each time. */
const WHOLE = {
  columns: RARE_COLUMNS,
  values: ', $8::text, $9::text, $10::jsonb',
  answer: ', extract(epoch from clock_timestamp()) * 1000 as clock',
} as const;

/** What few of many events have: each array that is read costs every event of a flush, so it is left out where none has any. */
const RARE = {
  columns: RARE_COLUMNS,
  arrays: ', unnest($8::text[], $9::text[]), jsonb_array_elements($10::jsonb)',
  values: `, i.id, i.source, nullif(i.extensions, 'null')`,
} as const;

/**
 * Many events that are all new, those of a shard one after the other: the last parameter says how many come before those of
 * each shard, and how many there are. One that is not new makes it a unique violation, and nothing is written: that is a third
 * cheaper for each event than looking first, and nearly always right. No row: the log is read-only.
 */
function freshText(log: RegisteredLog, rare?: typeof RARE): string {
  const offsets = `($${rare === undefined ? 8 : 11}::int4[])`;
  const before = `${offsets}[h.shard + 1]`;
  const after = `${offsets}[h.shard + 2]`;
  return `${inputOf(log, rare)},
fresh as (insert into ${seenTable(log)} (log, shard, key, digest)
  select ${log.id}, shard, key, ${DIGEST('input')} from input order by shard, key
  returning shard),
${headsOf(
  log,
  `select h.shard, ${after} - ${before} as c from ${headTable(log)} h
  where h.log = ${log.id} and ${after} > ${before} and (select count(*) from fresh) > 0`,
)},
written as (${insertOf(log, `i.n - ${offsets}[i.shard + 1]`, rare)}
  from input i join head on head.shard = i.shard)
select shard, base, extract(epoch from clock_timestamp()) * 1000 as clock from head`;
}

/**
 * Many events, of which any may be there already.
 *
 * - `fresh` is what nobody has ingested; `on conflict` waits for a transaction that is about to.
 * - The join to `fresh` is on (shard, key), which the planner hashes; on positions it would believe in one row and loop.
 * - Who was refused is looked for only when somebody was.
 * - `same` is null when the other writer committed after this statement's snapshot: ask once more.
 */
function anyText(log: RegisteredLog): string {
  const { id } = log;
  return `${inputOf(log, RARE)},
fresh as (insert into ${seenTable(log)} (log, shard, key, digest)
  select ${id}, shard, key, ${DIGEST('input')} from input order by shard, key
  on conflict do nothing returning shard, key),
counted as (select shard, count(*) as c from fresh group by shard),
${headsOf(log, `select h.shard, c from ${headTable(log)} h join counted using (shard) where h.log = ${id}`)},
written as (${insertOf(log, 'row_number() over (partition by i.shard order by i.n)', RARE)}
  from input i join fresh using (shard, key) join head on head.shard = i.shard)
${answerOf(log)}
union all select i.n, i.shard, null, s.digest = ${DIGEST('i')}
from input i left join ${seenTable(log)} s on s.log = ${id} and s.shard = i.shard and s.key = i.key
where (select count(*) from input) > (select coalesce(sum(c), 0) from counted) and ((i.shard, i.key) in (select shard, key from fresh)) is not true`;
}

/** The events of a flush, in the order given; none when the log is read-only. */
const inputOf = (log: RegisteredLog, rare?: typeof RARE): string => `with input as materialized (
  select * from rows from (unnest($1::uuid[], $2::int2[], $3::int2[], $4::int2[], $5::float8[], $6::text[]),
    jsonb_array_elements($7::jsonb)${rare?.arrays ?? ''}) with ordinality
    x(key, shard, type, schema_version, occurred, subject, body${rare?.columns ?? ''}, n)
  where ${isOpen(log)})`;

/** Whether a log takes events, as a condition. All heads of a log are switched together, so one of them tells. */
export const isOpen = (log: RegisteredLog): string =>
  `not (select readonly from ${headTable(log)} where log = ${log.id} and shard = 0)`;

/**
 * Takes the next `c` positions of each shard. Keys were taken in their order and now, by `locked`, heads are in that of their
 * shards: two flushes of many never deadlock.
 *
 * @param counts the shards of heads `h`, and `c`; asked for when `fresh` has been written
 */
const headsOf = (
  log: RegisteredLog,
  counts: string,
): string => `locked as materialized (${counts} order by h.shard for update of h),
head as (update ${headTable(log)} h set last = last + c from locked l where h.log = ${log.id} and h.shard = l.shard
  returning h.shard, h.last - c as base)`;

/** What of `input`, known as `i`, is written behind the `head` of its shard, as the `nth` that is. */
const insertOf = (log: RegisteredLog, nth: string, rare?: typeof RARE): string => `insert into ${eventTable(log)}
  (log, shard, position, key, type, schema_version, occurred_at, subject, body${rare?.columns ?? ''})
  select ${log.id}, i.shard, head.base + ${nth}, i.key, i.type, i.schema_version,
    to_timestamp(i.occurred / 1000), i.subject, i.body${rare?.values ?? ''}`;

/** A row with the database's clock, in Unix milliseconds, and whether the log is read-only; one for the base of each shard. */
const answerOf = (
  log: RegisteredLog,
): string => `select 0 as n, null::int2 as shard, extract(epoch from clock_timestamp()) * 1000 as value, readonly as same
from ${headTable(log)} where log = ${log.id} and shard = 0
union all select null, shard, base, null from head`;

const headTable = (log: RegisteredLog): string => `${quote(log.schema)}.log_head`;

/** What must be equal for two events of one key to be the same event: subject, type, version and data; their time may differ. */
export const DIGEST = (row: string): string =>
  digestOf(`${row}.body`, `${row}.subject`, `${row}.type`, `${row}.schema_version`);

/** The first version adds nothing, so digests from before versions counted are still right for it. */
const digestOf = (body: string, subject: string, type: string, version: string): string =>
  `jsonb_hash_extended(${body}, hashtextextended(${subject}, ${type} + (${version} - 1) * 32768::int8))`;

type Statement = Omit<NamedQuery, 'values'>;
type Statements = Readonly<Record<'one' | 'oneWhole' | 'fresh' | 'freshWhole' | 'any', Statement>>;

const statements = new WeakMap<RegisteredLog, Statements>();
