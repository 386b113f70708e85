import { type ChainVerdict, type Payload, verifyChain } from '@scorekeep/core/events';
import { assertLimit } from '../assert-limit.ts';
import { ScorekeepError } from '../errors.ts';
import { quote } from '../postgres/identifiers.ts';
import { integer, type Sql, text, textOrNull } from '../postgres/sql.ts';
import type { Streams } from './append.ts';
import { assertText, assertWhole } from './assert-storable.ts';
import { type Audit, assertAudit, writeAudit } from './audit.ts';
import { type LoggedEvent, readEvents } from './read-log.ts';
import { eventTable } from './register-log.ts';
import { sealKeys } from './seal.ts';
import { shardOf } from './shard-of.ts';

export interface ReadStreamOptions {
  /** Only events after this version. Default 0. */
  readonly after?: number;
  /** Only events up to this version. Default: all. */
  readonly to?: number;
  /** Most events. Default 1000, at most 10 000. */
  readonly limit?: number;
  /** Writes down who read what, before it is handed out. */
  readonly audit?: Audit;
}

/** A piece of a stream. */
export interface StreamPage {
  /** The version of the stream when it was read; 0 without events. */
  readonly version: number;
  /** In order, without a gap; what was pruned is missing at the beginning. */
  readonly events: readonly LoggedEvent[];
}

/** Reads events of a stream in the order of their versions. */
export async function readStream(
  streams: Streams,
  stream: string,
  { after = 0, to = VERSION_MAX, limit = 1_000, audit }: ReadStreamOptions = {},
): Promise<StreamPage> {
  const { sql, log, registered } = streams;
  assertLimit('limit', limit, 1, 10_000);
  assertText('stream', stream);
  assertWhole('after', after);
  assertWhole('to', to);
  if (audit !== undefined) assertAudit(audit);
  const from = Math.min(after, VERSION_MAX);
  const shard = shardOf(stream, registered.shards);
  const version = await streamVersion(sql, { schema: registered.schema, id: registered.id }, shard, stream);
  const events = await readEvents(
    sql,
    log,
    registered,
    'shard = $1 and subject = $2 and version > $3 and version <= $4 order by version limit $5',
    [shard, stream, from, Math.min(to, version), limit],
  );
  if (audit !== undefined) await writeAudit(streams, stream, audit, from, events.at(-1)?.version ?? from);
  return { version, events };
}

/** The last version that a stream can reach, an int4. */
export const VERSION_MAX: number = 2 ** 31 - 1;

/** The version of a stream; 0 when it has no event. */
async function streamVersion(
  sql: Sql,
  { schema, id }: { schema: string; id: number },
  shard: number,
  stream: string,
): Promise<number> {
  const { rows } = await sql.query(
    `select version from ${quote(schema)}.stream where log = $1 and shard = $2 and id = $3`,
    [id, shard, stream],
  );
  return rows[0] === undefined ? 0 : integer(rows[0], 'version');
}

/**
 * Verifies the hash chain of a stream from its first event, or the first that was not pruned, to its head. Erased data is no fault: the chain covers digests.
 *
 * @throws ScorekeepError NOT_CHAINED when the log was not made with `chained: true`
 */
export async function verifyStream(streams: Streams, stream: string): Promise<ChainVerdict> {
  const { log, registered } = streams;
  if (!registered.chained) {
    throw new ScorekeepError(
      'NOT_CHAINED',
      `Log "${log.name}" has no hash chains: it was made without chained: true.`,
      {
        log: log.name,
      },
    );
  }
  assertText('stream', stream);
  for (;;) {
    const prunedTo = await readPrunedTo(streams, stream);
    const verdict = await verifyOnce(streams, stream);
    // What is pruned meanwhile is missing without a fault.
    if (verdict.ok || (await readPrunedTo(streams, stream)) === prunedTo) return verdict;
  }
}

/** The version up to which a stream was pruned; 0 when it was not. */
async function readPrunedTo({ sql, registered }: Streams, stream: string): Promise<number> {
  const { rows } = await sql.query(
    `select coalesce(max(pruned_to), 0) as pruned from ${quote(registered.schema)}.stream where log = $1 and shard = $2 and id = $3`,
    [registered.id, shardOf(stream, registered.shards), stream],
  );
  return integer(rows[0], 'pruned');
}

async function verifyOnce({ sql, log, registered }: Streams, stream: string): Promise<ChainVerdict> {
  const shard = shardOf(stream, registered.shards);
  const { rows } = await sql.query(
    `select coalesce(s.version, 0) as version, coalesce(s.hash, '') as hash, s.pruned_to, s.pruned_hash,
       coalesce((select max(version) from ${eventTable(registered)} where log = $1 and shard = $2 and subject = $3), 0) as last
     from (select 1) one left join ${quote(registered.schema)}.stream s on s.log = $1 and s.shard = $2 and s.id = $3`,
    [registered.id, shard, stream],
  );
  const head = { version: integer(rows[0], 'version'), hash: text(rows[0], 'hash') };
  const last = integer(rows[0], 'last');
  const keys = registered.erasable ? await sealKeys(sql, registered, [stream], { make: false }) : undefined;
  const key = keys?.get(stream) ?? undefined;
  const prunedHash = textOrNull(rows[0], 'pruned_hash');
  let from = prunedHash === null ? undefined : { version: integer(rows[0], 'pruned_to'), hash: prunedHash };
  let payloads = 0;
  for (;;) {
    const events = await readEvents(
      sql,
      log,
      registered,
      'shard = $1 and subject = $2 and version > $3 and version <= $4 order by version limit 1000',
      [shard, stream, from?.version ?? 0, head.version],
      // No payload has this digest, so it is found where it lies.
      (body) => ({ spoilt: body }),
    );
    const verdict = verifyChain(stream, events.map(linkOf), {
      ...(from === undefined ? {} : { from }),
      ...(events.length < 1_000 && head.version > 0 ? { head } : {}),
      ...(key === undefined ? {} : { key }),
    });
    if (!verdict.ok) return verdict;
    from = verdict.head;
    payloads += verdict.payloads;
    if (events.length === 1_000) continue;
    if (last <= head.version) return { ...verdict, payloads };
    // Somebody put events behind the head, or took the head away.
    const expected = `${head.version}:${head.hash}`;
    return { ok: false, version: last, fault: 'head', expected, found: `${last}` };
  }
}

function linkOf({ version, id, source, time, digest, hash, type, typeVersion, subject, data }: LoggedEvent) {
  const payload: Payload | undefined = data === undefined ? undefined : { type, version: typeVersion, subject, data };
  return { version: version ?? 0, id, source, time, digest: digest ?? '', hash: hash ?? '', payload };
}
