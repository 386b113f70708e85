import type { Drift } from '@scorekeep/core/events';
import type pg from 'pg';
import { publish } from '../facts.ts';
import { quote } from '../postgres/identifiers.ts';
import { textArray } from '../postgres/text-array.ts';
import { arrayLiteral } from '../tables/array-literal.ts';
import type { RegisteredLog } from './register-log.ts';

/** Counts fields that events have and their schema does not name. */
export interface Drifts {
  count(type: number, drift: Drift): void;
  /** Writes the counts down. */
  flush(): Promise<void>;
}

/** How often counts are written down; those of a process that is killed are lost, so counts are lower bounds. */
const EVERY_MS = 5_000;
/** Fields counted between two writes, and about so many of a type in all; a client that makes up names fills no table. */
const FIELDS_MAX = 200;
const FIELDS_OF_TYPE_MAX = 1_000;

/** Begins to count. */
export function openDrifts(pool: pg.Pool, log: RegisteredLog): Drifts {
  let counts = new Map<string, { type: number; field: string; events: number }>();
  let timer: NodeJS.Timeout | undefined;
  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const taken = [...counts.values()];
    counts = new Map();
    if (taken.length > 0) await write(pool, log, taken);
  };
  return {
    count(type, { unknown }) {
      for (const field of unknown) {
        const key = `${type} ${field}`;
        const known = counts.get(key);
        if (known !== undefined) known.events++;
        else if (counts.size < FIELDS_MAX) counts.set(key, { type, field: field.slice(0, 100), events: 1 });
      }
      if (counts.size === 0) return;
      timer ??= setTimeout(() => {
        flush().catch((error: unknown) => publish('background.error', { where: 'drift', error }));
      }, EVERY_MS).unref();
    },
    flush,
  };
}

async function write(
  pool: pg.Pool,
  { schema, id }: RegisteredLog,
  counts: readonly { type: number; field: string; events: number }[],
): Promise<void> {
  const drift = `${quote(schema)}.event_drift`;
  await pool.query(
    `with known as materialized (select type, count(*) as fields from ${drift} where log = ${id} group by type)
     insert into ${drift} as d (log, type, field, events)
     select ${id}, type, field, sum(events) from unnest($1::int2[], $2::text[], $3::int8[]) x(type, field, events) left join known using (type)
     where coalesce(known.fields, 0) < ${FIELDS_OF_TYPE_MAX}
       or exists (select from ${drift} k where k.log = ${id} and k.type = x.type and k.field = x.field)
     group by 1, 2, 3 order by 2, 3
     on conflict (log, type, field) do update set events = d.events + excluded.events, last_seen_at = excluded.last_seen_at`,
    [
      arrayLiteral(counts.map((one) => one.type)),
      textArray(counts.map((one) => one.field)),
      arrayLiteral(counts.map((one) => one.events)),
    ],
  );
}
