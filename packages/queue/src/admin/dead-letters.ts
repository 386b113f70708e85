import { createHash } from 'node:crypto';
import { ScorekeepError } from '../errors.ts';
import { channelOf } from '../jobs/control.ts';
import { type SealFault, seal } from '../jobs/envelope.ts';
import type { AnyJob } from '../jobs/keep-jobs.ts';
import { quote } from '../postgres/identifiers.ts';
import { bossDatabase, integer, type Row, type Sql, text, textOrNull } from '../postgres/sql.ts';
import { type Act, audited } from './audit.ts';
import type { AdminContext } from './context.ts';
import { redrive, releaseKeys } from './redrive.ts';

/** What could not be done: a job or a parked item that has no try left. */
export interface DeadLetter {
  readonly id: string;
  /** Why, as a code: of the error, or what the handler answered. Null for one that has none. */
  readonly reason: string | null;
  /** The queue that it came from and goes back to. */
  readonly from: string | null;
  /** The job that died, and the first of the chain that it comes from, whose id is its idempotency key. */
  readonly jobId: string | null;
  readonly rootId: string | null;
  readonly attempts: number | null;
  readonly enqueuedAt: Date | null;
  readonly diedAt: Date;
}

/** Which dead letters: these, or those that died before; at most `limit`, oldest first. */
export interface Which {
  readonly ids?: readonly string[];
  readonly before?: Date;
  /** 1 to 1000. Default 100. */
  readonly limit?: number;
}

/** What {@link DeadLetters.redrive} or {@link DeadLetters.purge} would be about. */
export interface Preview {
  readonly count: number;
  /** By the queue that they go back to. */
  readonly destinations: Readonly<Record<string, number>>;
  /** What `purge` wants to see: stands for exactly these. */
  readonly confirm: string;
}

/** The dead letters of a job or a projection. */
export interface DeadLetters {
  /** Oldest first; `after` is the last one of the page before. */
  list(options?: { readonly limit?: number; readonly after?: DeadLetter }): Promise<DeadLetter[]>;
  /** One with its payload; undefined when it is not there. */
  show(id: string): Promise<(DeadLetter & { readonly payload: unknown }) | undefined>;
  /** What would be touched. */
  preview(which?: Which): Promise<Preview>;
  /** Gives a job another payload, checked as if it were enqueued. Parked items are references: mend the row instead. */
  fix(id: string, payload: unknown, options?: Request): Promise<Fixed>;
  /**
   * Puts them back where they came from, with all their tries. Twice is once. What waits for one, as the next step of a flow or by
   * its strict key, goes on once that is done.
   */
  redrive(options?: Which & Request): Promise<{ readonly moved: number }>;
  /** Deletes exactly what was previewed; of jobs with a strict key, those that wait for them go on. */
  purge(options: Which & Request & { readonly confirm: string }): Promise<Purged>;
}

/**
 * The idempotency key of an act, 1 to 255 characters: the second time nothing is done and the first answer is given. For another
 * act it takes another one.
 */
export interface Request {
  readonly request?: string;
}

export type Fixed = { readonly state: 'fixed' | 'not_found' } | ({ readonly state: 'rejected' } & SealFault);
/** `changed`: what matches is no longer what was previewed, so nothing was deleted. */
export type Purged = { readonly state: 'purged' | 'changed'; readonly count: number };

/** The operations on one queue of dead letters, those of the queue `from`; `act` checks the right and names the actor. */
export function deadLettersOf(
  { pool, schema, boss }: AdminContext,
  { dead: queue, from }: { readonly dead: string; readonly from: string },
  job: AnyJob | undefined,
  act: (scope: Scope, action: string) => Promise<Pick<Act, 'actor' | 'action' | 'target'>>,
): DeadLetters {
  const find = (sql: Sql, which: Which, how: Reading = {}): Promise<Row[]> => select(sql, schema, queue, which, how);
  return {
    async list({ limit = 100, after } = {}) {
      await act('read', 'list');
      return (await find(pool, { limit }, { after })).map(parseLetter);
    },
    async show(id) {
      await act('read', 'show');
      const [row] = await find(pool, { ids: [id], limit: 1 });
      return row && { ...parseLetter(row), payload: payloadOf(row, job) };
    },
    async preview(which = {}) {
      await act('read', 'preview');
      return preview(queue, await find(pool, which));
    },
    async fix(id, payload, { request } = {}) {
      const by = await act('operate', 'fix');
      assertIds([id]);
      if (job === undefined) {
        throw new ScorekeepError(
          'DEFINITION_INVALID',
          'fix(): a parked item is a reference to a row. Mend the row and redrive.',
        );
      }
      const sealed = await seal(job, payload);
      if ('reason' in sealed) return { state: 'rejected', ...sealed };
      return audited(pool, schema, { ...by, target: `${by.target} ${id}`, request }, async (tx) => {
        const { updated } = await boss.update(queue, sealed.envelope, { id, db: bossDatabase(tx) });
        return { state: updated === 1 ? 'fixed' : 'not_found' } as const;
      });
    },
    async redrive({ request, ...which } = {}) {
      const by = await act('operate', 'redrive');
      const chosen = bounded(which);
      const result = await audited(pool, schema, { ...by, request }, async (tx) => ({
        moved: await redrive(boss, tx, schema, queue, chosen),
      }));
      if (result.moved > 0) await pool.query('select pg_notify($1, $2)', [channelOf(schema), from]);
      return result;
    },
    async purge({ request, confirm, ...which }) {
      const by = await act('destroy', 'purge');
      return audited(pool, schema, { ...by, request }, async (tx): Promise<Purged> => {
        // Locked, or somebody could redrive what is then reported as deleted.
        const rows = await find(tx, which, { lock: true });
        if (preview(queue, rows).confirm !== confirm) return { state: 'changed', count: rows.length };
        const ids = rows.map((row) => text(row, 'id'));
        await releaseKeys(boss, tx, schema, queue, ids);
        if (ids.length > 0) await boss.deleteJob(queue, ids, { db: bossDatabase(tx) });
        return { state: 'purged', count: ids.length };
      });
    },
  };
}

/** What a caller must be allowed to do. */
export type Scope = 'read' | 'operate' | 'destroy';

const LIMIT_MAX = 1_000;

function bounded({ ids, before, limit = 100 }: Which): Which & { limit: number } {
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
    throw new ScorekeepError(
      'DEFINITION_INVALID',
      `limit must be an integer from 1 to ${LIMIT_MAX}, got ${String(limit)}`,
    );
  }
  if (ids !== undefined) assertIds(ids);
  if (before !== undefined && Number.isNaN(before.getTime())) {
    throw new ScorekeepError('DEFINITION_INVALID', 'before must be a valid Date');
  }
  return { limit, ...(ids === undefined ? {} : { ids }), ...(before === undefined ? {} : { before }) };
}

function assertIds(ids: readonly string[]): void {
  const fine =
    ids.length > 0 &&
    ids.length <= LIMIT_MAX &&
    ids.every((id) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id));
  if (!fine) throw new ScorekeepError('DEFINITION_INVALID', `ids must be 1 to ${LIMIT_MAX} UUIDs`);
}

interface Reading {
  readonly after?: DeadLetter | undefined;
  readonly lock?: boolean;
}

/** Read from pg-boss's table: its own `findJobs` takes one id, and loads payloads that are not to be shown. */
async function select(
  sql: Sql,
  schema: string,
  queue: string,
  which: Which,
  { after, lock = false }: Reading,
): Promise<Row[]> {
  const { ids, before, limit } = bounded(which);
  if (after !== undefined) assertIds([after.id]);
  const { rows } = await sql.query(
    `select id, data, created_on, source_name, source_id, source_root_id, source_created_on, source_retry_count, source_output ->> 'code' as reason
     from ${quote(`${schema}_jobs`)}.job
     where name = $1 and state < 'active' and ($2::uuid[] is null or id = any ($2)) and ($3::timestamptz is null or created_on < $3)
       and ($4::uuid is null or (created_on, id) > (coalesce((select created_on from ${quote(`${schema}_jobs`)}.job where name = $1 and id = $4), $5), $4))
     order by created_on, id limit $6${lock ? ' for update' : ''}`,
    // A time as the driver reads it is short of microseconds, so it serves only for a letter that is gone.
    [queue, ids ?? null, before ?? null, after?.id ?? null, after?.diedAt ?? null, limit],
  );
  return rows;
}

const parseLetter = (row: Row): DeadLetter => ({
  id: text(row, 'id'),
  reason: textOrNull(row, 'reason'),
  from: textOrNull(row, 'source_name'),
  jobId: textOrNull(row, 'source_id'),
  rootId: textOrNull(row, 'source_root_id'),
  attempts: row['source_retry_count'] == null ? null : integer(row, 'source_retry_count') + 1,
  enqueuedAt: row['source_created_on'] as Date | null,
  diedAt: row['created_on'] as Date,
});

/** A job's payload is what was enqueued; a parked item is a reference. */
const payloadOf = ({ data }: Row, job: AnyJob | undefined): unknown =>
  job === undefined ? data : (data as { payload?: unknown } | null)?.payload;

function preview(queue: string, rows: readonly Row[]): Preview {
  const destinations: Record<string, number> = {};
  const hash = createHash('sha256').update(queue);
  for (const row of rows) {
    const destination = textOrNull(row, 'source_name') ?? 'unknown';
    destinations[destination] = (destinations[destination] ?? 0) + 1;
    hash.update(text(row, 'id'));
  }
  return { count: rows.length, destinations, confirm: hash.digest('hex').slice(0, 16) };
}
