import { type RuleSet, type SqlColumn, toSql, transportSql } from '@scorekeep/core/rules';
import { itemTimes } from '../boards/item-time.ts';
import { standingEffects, standingsMoved } from '../boards/standing-effects.ts';
import { recomputes, type Standing } from '../boards/stored-board.ts';
import { quote } from '../postgres/identifiers.ts';
import type { Horizon, Want, Window } from '../slices/fold.ts';
import type { Column, InspectedTable } from './inspect-table.ts';

/** A statement and the values for its parameters. */
export interface Statement {
  readonly text: string;
  readonly values: unknown[];
}

/** Everything that the statements of one projection are made of. */
export interface Target {
  readonly table: InspectedTable;
  readonly ruleSet: RuleSet;
  /** The score table, quoted and qualified. */
  readonly scores: string;
  /** Where scores go that a correction replaced, quoted and qualified. */
  readonly history: string;
  readonly standings: readonly Standing[];
}

/** The reason code of an item that is parked. Codes above 0 are the rule set's own, 0 is scored. */
export const PARKED = -1;

/** The order in which a log is read: by subject, then by the rest of the key. */
function readingOrder(table: InspectedTable): readonly Column[] {
  return [table.subject, ...table.key.filter((column) => column.name !== table.subject.name)];
}

/**
 * Whether scores go straight where they belong: no board wants to see them, nothing has to be looked up, and what was
 * refused can be counted afterwards, by {@link countRejected}. Holding them to do all that costs a tenth of the whole.
 */
export const goesStraight = ({ table, standings }: Target, want: Want, { fresh }: Window): boolean =>
  want === 'new' && fresh === true && standings.length === 0 && subjectColumn(table).length === 0;

/**
 * Scores the items of a window inside Postgres: reads, computes, writes scores and standings, and counts, in one statement;
 * where it {@link goesStraight} it only inserts.
 */
export function scoreInSql(target: Target, want: Want, window: Window): Statement {
  const bind = binder();
  const items = eligible(target, want, window, bind);
  const straight = goesStraight(target, want, window);
  const { text, values } = toSql(target.ruleSet, {
    from: `${items.from} ${items.where}${want === 'new' ? '' : ' for update of s'}`,
    carry: straight ? place(target) : identityAndPast(target, want),
    columns: fieldColumns(target),
    firstParameter: bind.values.length + 1,
  });
  bind.values.push(...values);
  return {
    text: straight
      ? `insert into ${target.scores} (${storedColumns(target).join(', ')})
${text}`
      : `with item as materialized (
  ${text}
)${write(target, want, 'item')}`,
    values: bind.values,
  };
}

/** Which items of a window this transaction has refused: how many for each reason. */
export function countRejected(target: Target, window: Window): Statement {
  const bind = binder();
  const conditions = [
    's.reason > 0',
    's.xmin = pg_current_xact_id()::xid',
    ...windowOf(target.table, window, bind)('s'),
  ];
  return {
    text: `select coalesce(json_object_agg(reason, n), '{}') as reasons from (
  select s.reason, count(*) as n from ${target.scores} s ${whereAll(conditions)} group by s.reason
) refused`,
    values: bind.values,
  };
}

/**
 * Reads the items of a window as columns for the JavaScript back end, in one row: how many there are, each field as a
 * JSON array, and what only passes through as an array, which goes back as it came.
 *
 * @param binary whether the connection sends a buffer as a value in binary form, as node-postgres does and others do not
 */
export function readColumns(target: Target, want: Want, window: Window, binary: boolean): Statement {
  const bind = binder();
  const items = eligible(target, want, window, bind);
  const fields = Object.values(fieldColumns(target)).map((column, i) => `${transportSql(column)} as f_${i + 1}`);
  const carried = carriedNames(target, want).filter((name) => name !== 'revision');
  const types = identityTypes(target, want);
  const outer = [
    'count(*)::int as count',
    // Nearly always there is one for all, which need not be said of each.
    'case when min(revision) = max(revision) then min(revision)::text end as revision_of_all',
    'case when min(revision) < max(revision) then array_agg(revision)::text end as revision',
    ...carried.map((name) => `${leaving(`array_agg(${name})`, binary && inBinary(types.get(name)))} as ${name}`),
    ...fields.map((_, i) => `json_agg(f_${i + 1}) as f_${i + 1}`),
  ];
  return {
    text: `select ${outer.join(', ')} from (
  select ${[...selectList(identity(target, want)), ...fields].join(', ')}
  from ${items.from}
  ${items.where}${want === 'new' ? '' : ' for update of s'}
) item`,
    values: bind.values,
  };
}

/**
 * Writes what the JavaScript back end computed: the same scores, standings and counts; new scores that no board wants to see
 * are only inserted.
 *
 * @param carried what {@link readColumns} gave to pass through, by name
 * @param codes for each item the number of its outcome, from 1, as the text of an array
 * @param outcomes the distinct outcomes, a text of an array for each output
 * @param binary as it was read
 */
export function writeColumns(
  target: Target,
  want: Want,
  carried: Readonly<Record<string, unknown>>,
  codes: string,
  outcomes: ReadonlyMap<string, string>,
  binary: boolean,
): Statement {
  const bind = binder();
  const types = identityTypes(target, want);
  const names = carriedNames(target, want);
  const outputs = [...outputTypes(target.ruleSet)];
  const ofAll = carried['revision_of_all'] ?? null;
  const ofEach = names.filter((name) => name !== 'revision' || ofAll === null);
  const arrays = ofEach.map((name) =>
    bind(returning(carried[name], binary && inBinary(types.get(name))), `${types.get(name)}[]`),
  );
  const code = bind(codes, 'int4[]');
  const distinct = outputs.map(([name, type]) => bind(outcomes.get(name), `${type}[]`));
  const outputNames = outputs.map(([name]) => name);
  // A list has the collation of its type; what are equals in the table are to be one group here.
  const collated = [...names.map((name) => `${name}${collation(target, name)} as ${name}`), ...subjectOfKey(target)];
  const one = ofAll === null ? '' : ` cross join (select ${bind(ofAll, 'int8')} as revision) as of_all`;
  const items = `from unnest(${[...arrays, code].join(', ')}) as item (${[...ofEach, 'code'].join(', ')})${one}
  join unnest(${distinct.join(', ')}) with ordinality as outcome (${[...outputNames, 'number'].join(', ')}) on outcome.number = item.code`;
  const text = isInsert(target, want)
    ? `insert into ${target.scores} (${storedColumns(target).join(', ')}) select ${[...storedFrom(target), ...outputNames].join(', ')} ${items}`
    : `with item as materialized (select ${[...collated, ...outputNames].join(', ')} ${items})${write(target, want, 'scores')}`;
  return { text, values: bind.values };
}

/** UUIDs travel in Postgres's binary form: writing and reading their texts is a quarter of all that scoring them costs. */
const inBinary = (type: string | undefined): boolean => type === 'uuid';

const leaving = (array: string, binary: boolean): string =>
  binary ? `encode(array_send(${array}), 'hex')` : `${array}::text`;

/** What {@link leaving} gave; a buffer is sent in binary form. */
const returning = (carried: unknown, binary: boolean): unknown =>
  binary ? Buffer.from(String(carried), 'hex') : carried;

/** Whether {@link writeColumns} only inserts and counts nothing. */
export const isInsert = ({ standings }: Target, want: Want): boolean => want === 'new' && standings.length === 0;

/** What passes through the JavaScript back end; a subject that the key holds does not travel twice. */
function carriedNames(target: Target, want: Want): string[] {
  return [...identityTypes(target, want).keys()].filter((name) => name !== 'subject' || carriesSubject(target));
}

const carriesSubject = ({ table }: Target): boolean => subjectColumn(table).length > 0;

/** The subject of an item, where it is a part of the key. */
function subjectOfKey({ table }: Target): string[] {
  const part = table.key.findIndex((column) => column.name === table.subject.name) + 1;
  return part === 0 ? [] : [`k_${part}${table.subject.collate} as subject`];
}

/** The COLLATE clause of what an item carries, empty where its type's own will do. */
function collation({ table }: Target, name: string): string {
  const column = name === 'subject' ? table.subject : table.key.find((_, i) => name === `k_${i + 1}`);
  return column?.collate ?? '';
}

/** The key of the last of the first `limit` unscored or stale items of a window, and how many there were. */
export function windowEnd(target: Target, wants: readonly Want[], window: Window, limit: number): Statement {
  const bind = binder();
  const order = readingOrder(target.table);
  const names = order.map((_, i) => `o_${i + 1}`);
  const parts = wants.map((want) => {
    const items = eligible(target, want, window, bind);
    return `(select ${order.map((column, i) => `p.${quote(column.name)} as o_${i + 1}`).join(', ')} from ${items.from} ${items.where} order by ${names.join(', ')} limit ${limit})`;
  });
  return {
    text: `select count(*)::int as count, (array_agg(last order by n desc))[1] as last from (
  select json_build_array(${names.map((name) => `${name}::text`).join(', ')}) as last, row_number() over (order by ${names.join(', ')}) as n
  from (${parts.join(' union all ')}) item order by n limit ${limit}
) item`,
    values: bind.values,
  };
}

/**
 * Whether a window has items to score, kind by kind; new ones only among the rows that changed since a horizon, if given. Without
 * one, all that is scored may have to be passed. It is planned so: MATERIALIZED has the planner count with every row, where EXISTS
 * has it hope for a first one soon, and look each of 5 000 000 up by itself as long as the scores are new and have no statistics.
 */
export function anyLeft(target: Target, wants: readonly Want[], window: Window, since?: Horizon): Statement {
  const bind = binder();
  const parts = wants.map((want) => {
    const items = eligible(target, want, window, bind, want === 'new' ? since : undefined);
    const one = `select 1 from ${items.from} ${items.where}`;
    const passes = want === 'new' && since === undefined;
    return `exists (${passes ? `with item as materialized (${one}) select 1 from item` : one}) as ${want}_left`;
  });
  return { text: `select ${parts.join(', ')}`, values: bind.values };
}

/**
 * Whether any row of the joined table was written since a horizon, or a table itself is another than it was: one that was
 * loaded before and renamed or attached since brings rows with it that are older.
 */
export function sourcesChanged(table: InspectedTable, { xid }: Horizon): Statement {
  const names = [table.from, ...(table.joinFrom === null ? [] : [table.joinFrom])];
  const relations = names.map((_, i) => `to_regclass($${i + 2})`).join(', ');
  const results =
    table.joinFrom === null ? '' : ` or exists (select 1 from ${table.joinFrom} r where age(r.xmin) <= age($1::xid))`;
  return {
    text: `select exists (select 1 from pg_class c where c.oid in (${relations}) and (c.relhassubclass or age(c.xmin) <= age($1::xid)))${results} as changed`,
    values: [xid, ...names],
  };
}

/** The rows that an item's score hangs on, for {@link explain}: every field, and the stored score if there is one. */
export function readItem(target: Target, key: readonly string[]): Statement {
  const bind = binder();
  const { table } = target;
  const fields = Object.entries(fieldColumns(target)).map(
    ([, column], i) => `to_json(${transportSql(column)}) as f_${i + 1}`,
  );
  const where = table.key.map((column, i) => `p.${quote(column.name)} = ${bind(key[i], column.type)}`);
  const ties = tieColumns(target.ruleSet).map((column) => `s.${column}`);
  return {
    text: `select ${[...fields, 's.milli', 's.fired::text as fired', 's.reason', 's.revision::text as revision', ...ties].join(', ')}
from ${table.from} p ${joinClause(table, 'left join')} left join ${target.scores} s on ${scoreOn(table)}
where ${where.join(' and ')}`,
    values: bind.values,
  };
}

/** The scores that corrections replaced, oldest first. */
export function readHistory(target: Target, key: readonly string[]): Statement {
  const bind = binder();
  const where = target.table.key.map((column, i) => `${quote(column.name)} = ${bind(key[i], column.type)}`);
  return {
    text: `select revision, milli, reason, replaced_at from ${target.history} where ${where.join(' and ')} order by revision`,
    values: bind.values,
  };
}

/** Marks the items of a window as parked, so that their slice can go on without them. */
export function parkItems(target: Target, want: Want, window: Window): Statement {
  const bind = binder();
  const items = eligible(target, want, window, bind);
  const key = target.table.key.map((column) => column.name);
  const stored = [...key.map(quote), ...subjectColumn(target.table).map((column) => quote(column.name)), 'revision'];
  const keyText = (columns: readonly string[]): string =>
    `json_build_array(${columns.map((column) => `${column}::text`).join(', ')}) as key`;
  const names = key.map(quote);
  const item = `with item as materialized (select ${selectList(identityAndPast(target, want)).join(', ')} from ${items.from} ${items.where}${want === 'new' ? '' : ' for update of s'})`;
  const text =
    want === 'new'
      ? `${item}, written as (insert into ${target.scores} (${[...stored, 'reason'].join(', ')}) select ${storedFrom(target).join(', ')}, ${PARKED} from item on conflict do nothing returning ${names.join(', ')}) select ${keyText(names)} from written`
      : `${item}${want === 'stale' ? history(target, 'item') : ''}, written as (update ${target.scores} s set reason = ${PARKED}, revision = item.revision from item where ${itemOn(target.table)}) select ${keyText(key.map((_, i) => `k_${i + 1}`))} from item`;
  return { text, values: bind.values };
}

/** The tie-break columns of a score table: `tie_1`, `tie_2`, in the order of the rule set. */
export function tieColumns(ruleSet: RuleSet): string[] {
  return (ruleSet.tieBreak ?? []).map((_, i) => `tie_${i + 1}`);
}

/** The subject as a column of the score table, when the key does not already hold it. */
export function subjectColumn(table: InspectedTable): readonly Column[] {
  return table.key.some((column) => column.name === table.subject.name) ? [] : [table.subject];
}

type Bind = ((value: unknown, type: string) => string) & { readonly values: unknown[] };

function binder(): Bind {
  const values: unknown[] = [];
  const bind = (value: unknown, type: string): string => {
    values.push(value);
    return `$${values.length}::${type}`;
  };
  return Object.assign(bind, { values });
}

/** The items of a window that are ready to be scored: `p` the log, `r` the results, `s` the score there is. */
function eligible(
  target: Target,
  want: Want,
  window: Window,
  bind: Bind,
  since?: Horizon,
): { from: string; where: string } {
  const { table, ruleSet } = target;
  const { log } = table;
  const inWindow = windowOf(table, window, bind);
  const conditions = inWindow('p');
  // A view cannot promise what a table's NOT NULL does; a row without a key is in no piece.
  for (const column of readingOrder(table)) {
    if (!column.notNull) conditions.push(`p.${quote(column.name)} is not null`);
  }
  for (const [name, value] of Object.entries(window.scope)) {
    const here = table.columns.get(name);
    const bound = bind(value, here?.type ?? 'text');
    // ANY keeps the planner from looking for the value among the scores, whose statistics may not know it yet. Of arrays it has another meaning.
    const one = here?.listable === false ? bound : `any (array[${bound}])`;
    conditions.push(`p.${quote(name)} = ${one}`);
    const there = table.joinColumns.get(log.join?.on[name] ?? '');
    // Equal to an equal it is only where both columns compare alike.
    if (there !== undefined && there.type === here?.type && there.collate === here.collate)
      conditions.push(`r.${quote(there.name)} = ${one}`);
  }
  if (table.frozen !== null) {
    const frozen = `p.${quote(table.frozen.name)}`;
    conditions.push(table.frozen.class === 'bool' ? `${frozen} is true` : `${frozen} <= now()`);
  }
  for (const [field, column] of Object.entries(log.join?.fields ?? {})) {
    if (ruleSet.fields[field]?.optional !== true) conditions.push(`r.${quote(column)} is not null`);
  }
  if (since !== undefined) conditions.push(`(${changedSince(table, since, bind)})`);
  const from = `${table.from} p ${joinClause(table)}`;
  // The planner does not see that a range of `p` is one of `s` too, and would read all of the scores for each piece.
  const bySubject = subjectColumn(table).length === 0;
  const scored = [scoreOn(table), ...(bySubject ? inWindow('s') : [])].join(' and ');
  if (want === 'new' && window.fresh === true) return { from, where: whereAll(conditions) };
  if (want === 'new') {
    // In a piece without that range, and where few items are left to ask about, each is looked up by its key: OFFSET 0 sees to it.
    const whole = window.lo === null && window.hi === null && window.upTo === null;
    const each = (bySubject || whole) && since === undefined ? '' : ' offset 0';
    conditions.push(`not exists (select 1 from ${target.scores} s where ${scored}${each})`);
    return { from, where: whereAll(conditions) };
  }
  conditions.push(...(want === 'stale' ? [`s.revision < ${revision(table)}`] : stillParked(target)));
  return { from: `${from} join ${target.scores} s on ${scored}`, where: whereAll(conditions) };
}

/**
 * That a score is parked, and was not corrected while its lock was waited for: it is read as it is then, its result as it was. A
 * subquery sees the score as it was, too.
 */
const stillParked = ({ table, scores }: Target): string[] => [
  `s.reason = ${PARKED}`,
  `s.revision = (select w.revision from ${scores} w where ${table.key.map(({ name }) => `w.${quote(name)} = s.${quote(name)}`).join(' and ')})`,
];

const whereAll = (conditions: readonly string[]): string =>
  conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;

/**
 * That a row of the log was written, or became frozen, since a horizon. Ages compare rightly when the ids wrap around; that of the
 * horizon is asked for once, not for every row.
 */
function changedSince({ frozen }: InspectedTable, { xid, time }: Horizon, bind: Bind): string {
  const written = `age(p.xmin) <= (select age(${bind(xid, 'xid')}))`;
  if (frozen === null || frozen.class === 'bool') return written;
  return `${written} or p.${quote(frozen.name)} > ${bind(time, 'timestamptz')}`;
}

/** Types whose values the planner can place between two others of a bucket of its statistics. */
const PLACED = /^(smallint|integer|bigint|numeric|real|double precision|text|character|date|timestamp)/;

/**
 * What keeps a table within the bounds of a window, as conditions on the alias it goes by. Between two values that it cannot place,
 * such as UUIDs of one bucket, and beyond those that its statistics know, the planner believes in one row, and would compare all items
 * of a piece with all of its scores. Behind a SELECT it does not see them, and believes in half a percent of the table.
 */
function windowOf(table: InspectedTable, window: Window, bind: Bind): (alias: 'p' | 's') => string[] {
  const order = readingOrder(table);
  const limits = (key: readonly unknown[], columns: readonly Column[]): ((alias: 'p' | 's') => string) => {
    const bound = columns.map(({ type }, i) => [type, bind(key[i], type)] as const);
    return (alias) =>
      bound.map(([type, value]) => (alias === 'p' && PLACED.test(type) ? value : `(select ${value})`)).join(', ');
  };
  const lo = window.lo === null ? null : limits([window.lo], [table.subject]);
  const hi = window.hi === null ? null : limits([window.hi], [table.subject]);
  const after = window.after === null ? null : limits(window.after, order);
  const upTo = window.upTo === null ? null : limits(window.upTo, order);
  return (alias) => {
    const subject = `${alias}.${quote(table.subject.name)}`;
    const key = `(${order.map((column) => `${alias}.${quote(column.name)}`).join(', ')})`;
    return [
      ...(lo === null ? [] : [`${subject} > ${lo(alias)}`]),
      ...(hi === null ? [] : [`${subject} <= ${hi(alias)}`]),
      ...(after === null ? [] : [`${key} > (${after(alias)})`]),
      ...(upTo === null ? [] : [`${key} <= (${upTo(alias)})`]),
    ];
  };
}

function joinClause(table: InspectedTable, kind: 'join' | 'left join' = 'join'): string {
  return table.joinFrom === null ? '' : `${kind} ${table.joinFrom} r on ${joinOn(table)}`;
}

/** What makes a row `r` of the joined table belong to a row `p` of the log. */
export function joinOn({ log }: InspectedTable): string {
  const on = Object.entries(log.join?.on ?? {});
  return on.map(([here, there]) => `r.${quote(there)} = p.${quote(here)}`).join(' and ');
}

/** The rows `p` of the log, and `r` of the results where there are some, to which scores `s` belong. */
export function rowsOfScores(table: InspectedTable): string {
  return `join ${table.from} p on ${scoreOn(table)} ${joinClause(table, 'left join')}`;
}

function scoreOn(table: InspectedTable): string {
  return table.key.map(({ name }) => `s.${quote(name)} = p.${quote(name)}`).join(' and ');
}

function itemOn(table: InspectedTable): string {
  return table.key.map(({ name }, i) => `s.${quote(name)} = item.k_${i + 1}`).join(' and ');
}

function revision(table: InspectedTable): string {
  const column = table.log.join?.revision;
  return column == null ? '0' : `coalesce(r.${quote(column)}, 0)`;
}

/** What an item carries besides its fields: key, subject, revision, its windows and, when it replaces a score, what that was. */
function identityTypes(target: Target, want: Want): Map<string, string> {
  const { key, subject } = target.table;
  const types = new Map(key.map((column, i) => [`k_${i + 1}`, column.type]));
  types.set('subject', subject.type).set('revision', 'int8');
  if (want !== 'new') {
    types.set('old_milli', 'int4');
    for (const column of tieColumns(target.ruleSet)) types.set(`old_${column}`, 'int4');
  }
  for (const [name, { type }] of itemTimes(target.table, target.standings)) types.set(name, type);
  return types;
}

/** Key and revision. */
function place({ table }: Target): Record<string, string> {
  const key = table.key.map((column, i) => [`k_${i + 1}`, `p.${quote(column.name)}`] as const);
  return { ...Object.fromEntries(key), revision: revision(table) };
}

function identity(target: Target, want: Want): Record<string, string> {
  const { table } = target;
  // A score that is replaced stays with whose it is, where it says that: the boards have it there.
  const holder = want !== 'new' && subjectColumn(table).length > 0 ? 's' : 'p';
  const columns: Record<string, string> = { ...place(target), subject: `${holder}.${quote(table.subject.name)}` };
  if (want !== 'new') {
    columns['old_milli'] = 's.milli';
    for (const column of tieColumns(target.ruleSet)) columns[`old_${column}`] = `s.${column}`;
  }
  for (const [name, { sql }] of itemTimes(target.table, target.standings)) columns[name] = sql;
  return columns;
}

/** What `item` carries in a statement that reads and writes. */
const identityAndPast = (target: Target, want: Want): Record<string, string> => ({
  ...identity(target, want),
  ...(want === 'stale' ? replaced(target) : {}),
});

const selectList = (columns: Readonly<Record<string, string>>): string[] =>
  Object.entries(columns).map(([name, sql]) => `${sql} as ${name}`);

function outputTypes(ruleSet: RuleSet): Map<string, string> {
  const types = new Map(Object.entries({ milli: 'int4', fired: 'int8', reason: 'int2' }));
  for (const column of tieColumns(ruleSet)) types.set(column, 'int4');
  return types;
}

/** The stored columns of an item, as expressions over `item`. */
function storedFrom(target: Target): string[] {
  const key = target.table.key.map((_, i) => `k_${i + 1}`);
  return [...key, ...subjectColumn(target.table).map(() => 'subject'), 'revision'];
}

/** The columns of a score, in the order of {@link storedFrom} and the outputs. */
function storedColumns({ table, ruleSet }: Target): string[] {
  const host = [...table.key, ...subjectColumn(table)].map((column) => quote(column.name));
  return [...host, 'revision', ...outputTypes(ruleSet).keys()];
}

/** The end of both back ends: store the scores, add them to the standings, count. */
function write(target: Target, want: Want, past: Past): string {
  const outputs = [...outputTypes(target.ruleSet).keys()];
  const stored =
    want === 'new'
      ? `insert into ${target.scores} (${storedColumns(target).join(', ')}) select ${[...storedFrom(target), ...outputs].join(', ')} from item`
      : `update ${target.scores} s set ${['revision', ...outputs].map((name) => `${name} = item.${name}`).join(', ')} from item where ${itemOn(target.table)}`;
  const touched = target.standings.some(({ definition }) => recomputes(definition, want))
    ? `(select coalesce(array_agg(distinct subject::text), '{}') from item) as touched, `
    : '';
  // Standings are written first, since the SELECT reads them. Then Postgres runs what nothing reads in the opposite order of this list:
  // the scores, which take the longest, and last the histograms, in whose few rows all slices count and which are locked until they commit.
  const moved = standingsMoved(target.standings, want);
  return `${standingEffects(target.standings, want, target.table.subject)}${want === 'stale' ? history(target, past) : ''},
written as (${stored})
select ${touched}${moved === '' ? '' : `${moved} as moved, `}coalesce(sum(n) filter (where reason = 0), 0)::int as scored, coalesce(json_object_agg(reason, n) filter (where reason <> 0), '{}') as reasons
from (select reason, count(*) as n from item group by reason) counted`;
}

/** Where a statement has the scores that it replaces: `item` carries them, or was locked by a statement before it. */
type Past = 'item' | 'scores';

/** What a correction replaces is kept, as it was; the first of a revision, where that has gone back meanwhile. */
function history(target: Target, past: Past): string {
  const columns = storedColumns(target);
  const kept =
    past === 'item'
      ? `${Object.keys(replaced(target)).join(', ')} from item`
      : `${columns.map((name) => `s.${name}`).join(', ')} from ${target.scores} s join item on ${itemOn(target.table)}`;
  return `,
kept as (insert into ${target.history} (${columns.join(', ')}) select ${kept} on conflict do nothing)`;
}

/** The score that is replaced, for `item` to carry: one that was waited for is not the one in the statement's snapshot. */
const replaced = (target: Target): Record<string, string> =>
  Object.fromEntries(storedColumns(target).map((column, i) => [`was_${i + 1}`, `s.${column}`]));

/** The rule set's fields as expressions over `p` and `r`. */
export function fieldColumns({ table }: Pick<Target, 'table'>): Record<string, SqlColumn> {
  const { log } = table;
  const own = Object.entries(log.fields).map(([field, name]) => [field, expression('p', table.columns.get(name))]);
  const joined = Object.entries(log.join?.fields ?? {}).map(([field, name]) => [
    field,
    expression('r', table.joinColumns.get(name)),
  ]);
  return Object.fromEntries([...own, ...joined]);
}

function expression(alias: 'p' | 'r', column: Column | undefined): SqlColumn {
  if (column?.class == null) throw new TypeError('a field was not inspected');
  const sql = `${alias}.${quote(column.name)}`;
  // Text classes differ in type (uuid, enum, varchar); as text they compare and travel alike.
  if (column.class === 'text') return { sql: `${sql}::text`, type: 'text' };
  // Epoch milliseconds, a time without zone read in the session's as everywhere in Postgres; numeric, because the epoch of 'infinity' fits no integer.
  if (column.class === 'epoch') return { sql: `floor(extract(epoch from ${sql}::timestamptz) * 1000)`, type: 'epoch' };
  return { sql, type: column.class };
}
