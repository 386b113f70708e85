import { type ColumnClass, type FoldSet, type FoldSql, toFoldSql } from '@scorekeep/core/rules';
import type { LoggedEvent } from '../log/read-log.ts';
import type { RegisteredLog } from '../log/register-log.ts';
import { literal } from '../postgres/identifiers.ts';

/**
 * A fold over the events of a relation `p`. Fields become columns first, step by step, so that each is looked up in the JSON
 * once and rules compare integers. The relation `score` carries shard, position, subject and occurred_at.
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
): FoldSql {
  const fields = Object.entries(fold.fields).map(([field, { type }], i) => {
    return { field, name: `f_${i + 1}`, ...columnOf(type, paths[field] ?? `data.${field}`, `p.f_${i + 1}`, log) };
  });
  const own = ['shard', 'position', 'subject', 'occurred_at'];
  const carry = Object.fromEntries(own.map((name) => [name, `p.${name}`]));
  const level = (from: string, of: 'found' | 'typed' | 'whole'): string =>
    `(select ${[...Object.values(carry), ...fields.map((field) => `${field[of]} as ${field.name}`)].join(', ')} from ${from} offset 0) as p`;
  const columns = Object.fromEntries(fields.map(({ field, name, type }) => [field, { sql: `p.${name}`, type }]));
  return toFoldSql(fold, {
    from: level(level(level(rows, 'found'), 'typed'), 'whole'),
    carry,
    columns,
    firstParameter,
  });
}

/** How a field is made of an event `p`: what is found there, that as its type, and that as rules take it. */
interface EventColumn {
  readonly found: string;
  /** Over `found`: JSON of another type than the field's is as good as none. */
  readonly typed: string;
  /** Over `typed`: a number that is no integer, or beyond the bounds that any field can have, is none either. */
  readonly whole: string;
  readonly type: ColumnClass;
}

function columnOf(type: string, path: string, name: string, log: RegisteredLog): EventColumn {
  const asIs = { typed: name, whole: name };
  if (path === 'time') {
    return { ...asIs, found: 'round(extract(epoch from p.occurred_at) * 1000)::int8', type: 'int' };
  }
  if (path === 'subject') return { ...asIs, found: 'p.subject', type: 'text' };
  if (path === 'type') {
    const names = [...log.typeNames].map(([id, known]) => `when ${id} then ${literal(known)}`).join(' ');
    return { ...asIs, found: `(case p.type ${names} end)`, type: 'text' };
  }
  const found = path
    .split('.')
    .slice(1)
    .reduce((json, key) => `${json} -> ${literal(key)}`, 'p.body');
  const ifJson = (json: string, cast: string): string =>
    `(case when jsonb_typeof(${name}) = '${json}' then (${name})${cast} end)`;
  if (type === 'int') {
    // Nearly all have no decimals, which tells faster than comparing: it is half of what this takes.
    const isWhole = `(scale(${name}) = 0 or ${name} = trunc(${name}))`;
    const whole = `(case when ${name} between -${MAX_FIELD} and ${MAX_FIELD} and ${isWhole} then ${name}::int8 end)`;
    return { found, typed: ifJson('number', '::numeric'), whole, type: 'int' };
  }
  if (type === 'bool') return { ...asIs, found, typed: ifJson('boolean', '::boolean'), type: 'bool' };
  return { ...asIs, found, typed: ifJson('string', " #>> '{}'"), type: 'text' };
}

/** 2^52 - 1, as core has it for the bounds of fields. */
const MAX_FIELD = '4503599627370495';

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
