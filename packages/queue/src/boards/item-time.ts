import type { Windowing } from '@scorekeep/core/boards';
import { ScorekeepError } from '../errors.ts';
import { literal, quote } from '../postgres/identifiers.ts';
import type { Sql } from '../postgres/sql.ts';
import type { InspectedTable } from '../tables/inspect-table.ts';
import { ALL_TIME, type Standing, type StoredBoard } from './stored-board.ts';

/** What an item carries for the boards that need its time, by name: the key of its window, and when it happened. */
export function itemTimes(
  table: InspectedTable,
  standings: readonly Standing[],
): Map<string, { type: string; sql: string }> {
  const columns = new Map<string, { type: string; sql: string }>();
  for (const { id, definition } of standings) {
    if (definition.window !== undefined) columns.set(`w_${id}`, { type: 'text', sql: windowKey(table, definition) });
    if (definition.add === 'latest')
      columns.set(`t_${id}`, { type: 'timestamptz', sql: itemMoment(table, definition) });
  }
  return columns;
}

/** The key of the window that an item is in, over `p` and `r`, as core's `windowAt` has it; NULL outside of all windows. */
export function windowKey(table: InspectedTable, definition: StoredBoard): string {
  const { window, at } = definition;
  if (window === undefined || window.every === 'all-time') return `'${ALL_TIME}'`;
  const time = itemMoment(table, definition);
  if (window.every === 'tournament') {
    const [start, end] = [window.start, window.end].map((ms) => `to_timestamp(${ms} / 1000.0)`);
    return `case when ${time} >= ${start} and ${time} < ${end} then ${literal(window.id)} end`;
  }
  const column = columnOf(table, at);
  // A date is a day already, in whichever zone.
  const day = column.type === 'date' ? column.sql : `(${time} at time zone ${literal(window.timeZone)})::date`;
  return `case when isfinite(${time}) then to_char(${firstDay(window, day)}, 'YYYY-MM-DD') end`;
}

/** The first day of the window after the one with this key, over an expression of type text. */
export function nextFirstDay(window: Extract<Windowing, { timeZone: string }>, key: string): string {
  return `(${key}::date + interval '1 ${window.every}')::date`;
}

/**
 * Checks that a board's time column exists and holds times, and that Postgres knows its zone.
 *
 * @throws ScorekeepError UNKNOWN_COLUMN, WRONG_COLUMN_TYPE, DEFINITION_INVALID
 */
export async function assertTimes(
  sql: Sql,
  table: InspectedTable,
  name: string,
  definition: StoredBoard,
): Promise<void> {
  const { at, window } = definition;
  if (at !== undefined) {
    const columns = at.from === 'log' ? table.columns : table.joinColumns;
    const from =
      at.from === 'log' ? table.log.table : (table.log.join?.table ?? 'the joined table, of which there is none');
    const column = columns.get(at.column);
    const facts = { board: name, table: from, column: at.column };
    if (column === undefined) {
      throw new ScorekeepError(
        'UNKNOWN_COLUMN',
        `board("${name}"): at names "${at.column}", no column of ${from}.`,
        facts,
      );
    }
    if (column.class !== 'epoch') {
      const message = `board("${name}"): column "${at.column}" of ${from} is ${column.type}; at takes a time or a date.`;
      throw new ScorekeepError('WRONG_COLUMN_TYPE', message, { ...facts, type: column.type });
    }
  }
  if (window === undefined || !('timeZone' in window)) return;
  await sql.query('select now() at time zone $1', [window.timeZone]).catch((cause: unknown) => {
    const message = `board("${name}"): Postgres does not know the time zone "${window.timeZone}".`;
    throw new ScorekeepError('DEFINITION_INVALID', message, { board: name, timeZone: window.timeZone }, { cause });
  });
}

/** When an item happened, over `p` and `r`. */
export function itemMoment(table: InspectedTable, { at }: StoredBoard): string {
  return `${columnOf(table, at).sql}::timestamptz`;
}

function columnOf(table: InspectedTable, at: StoredBoard['at']): { sql: string; type: string } {
  const columns = at?.from === 'join' ? table.joinColumns : table.columns;
  const column = columns.get(at?.column ?? '');
  if (at === undefined || column === undefined) throw new TypeError('a time column was not inspected');
  return { sql: `${at.from === 'join' ? 'r' : 'p'}.${quote(column.name)}`, type: column.type };
}

function firstDay(window: Extract<Windowing, { timeZone: string }>, day: string): string {
  if (window.every === 'day') return day;
  if (window.every === 'month') return `date_trunc('month', (${day})::timestamp)`;
  const weekStart = window.every === 'week' ? (window.weekStart ?? 1) : 1;
  return `(${day} - (extract(isodow from ${day})::int + ${7 - weekStart}) % 7)`;
}
