import { type FoldSet, type FoldSql, type SqlColumn, toFoldSql } from '@scorekeep/core/rules';
import type { LoggedEvent } from '../log/read-log.ts';
import type { RegisteredLog } from '../log/register-log.ts';
import { literal } from '../postgres/identifiers.ts';

/** A fold as a part of a statement: goes after `from` as a relation `p`, beside which its columns are. */
export interface EventFoldSql extends FoldSql {
  readonly from: string;
}

/**
 * A fold over the events of a relation `p`. Fields become columns first, so that each is looked up in the JSON once.
 *
 * @param rows a relation `p` of events, after `from`
 * @param firstParameter the first that is free behind those of `rows`
 */
export function foldEvents(
  fold: FoldSet,
  paths: Readonly<Record<string, string>>,
  log: RegisteredLog,
  rows: string,
  firstParameter: number,
): EventFoldSql {
  const fields = Object.entries(fold.fields).map(([field, { type }], i) => {
    return { field, name: `f_${i + 1}`, ...columnOf(type, paths[field] ?? `data.${field}`, log) };
  });
  const own = ['p.shard', 'p.position', 'p.subject', 'p.occurred_at'];
  const list = [...own, ...fields.map(({ sql, name }) => `${sql} as ${name}`)].join(', ');
  const columns = Object.fromEntries(fields.map(({ field, name, type }) => [field, { sql: `p.${name}`, type }]));
  const sql = toFoldSql(fold, { columns, firstParameter, alias: 'folded' });
  return { ...sql, from: `(select ${list} from ${rows} offset 0) as p ${sql.lateral}` };
}

/** A field as an expression over an event `p`: JSON of another type than the field's is as good as none. */
function columnOf(type: string, path: string, log: RegisteredLog): SqlColumn {
  if (path === 'time') return { sql: 'round(extract(epoch from p.occurred_at) * 1000)', type: 'epoch' };
  if (path === 'subject') return { sql: 'p.subject', type: 'text' };
  if (path === 'type') {
    const names = [...log.typeNames].map(([id, name]) => `when ${id} then ${literal(name)}`).join(' ');
    return { sql: `(case p.type ${names} end)`, type: 'text' };
  }
  const value = path
    .split('.')
    .slice(1)
    .reduce((json, name) => `${json} -> ${literal(name)}`, 'p.body');
  const ifJson = (json: string, cast: string): string =>
    `(case when jsonb_typeof(${value}) = '${json}' then (${value})${cast} end)`;
  if (type === 'int') return { sql: ifJson('number', '::numeric'), type: 'numeric' };
  if (type === 'bool') return { sql: ifJson('boolean', '::boolean'), type: 'bool' };
  return { sql: ifJson('string', " #>> '{}'"), type: 'text' };
}

/** A field's value in an event, as {@link foldEvents} has it. */
export function fieldReader(
  { fields }: FoldSet,
  paths: Readonly<Record<string, string>>,
): (event: LoggedEvent) => Readonly<Record<string, unknown>> {
  const readers = Object.entries(fields).map(([field, { type }]) => {
    const path = paths[field] ?? `data.${field}`;
    const names = path.split('.').slice(1);
    const wanted = { int: 'number', bool: 'boolean', text: 'string', ints: 'never' }[type];
    return [
      field,
      (event: LoggedEvent): unknown => {
        if (path === 'time' || path === 'type' || path === 'subject') return event[path];
        let value = event.data;
        for (const name of names) value = memberOf(value, name);
        return typeof value === wanted ? value : null;
      },
    ] as const;
  });
  return (event) => Object.fromEntries(readers.map(([field, read]) => [field, read(event)]));
}

function memberOf(value: unknown, name: string): unknown {
  const has = typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name);
  return has ? (value as Record<string, unknown>)[name] : null;
}
