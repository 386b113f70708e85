import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** What a column can be given. */
export type CopyValue = string | number | Date | readonly number[] | null;

/**
 * Streams rows into a table with COPY. Holds one chunk of them at a time, so their number does not matter; either all
 * arrive or none.
 *
 * @returns how many there were
 */
export async function copyRows(
  client: pg.ClientBase,
  table: string,
  columns: readonly string[],
  rows: Iterable<readonly CopyValue[]>,
  signal?: AbortSignal,
): Promise<number> {
  const target = client.query(copyFrom(`copy ${table} (${columns.join(', ')}) from stdin`));
  await pipeline(Readable.from(chunks(rows)), target, signal === undefined ? {} : { signal });
  return target.rowCount;
}

/** One row in the text format of COPY, with its line end. */
function copyLine(row: readonly CopyValue[]): string {
  return `${row.map(copyValue).join('\t')}\n`;
}

/** Large enough that the stream's own cost does not show, small enough to hold. */
const CHUNK_LENGTH = 1 << 16;

function* chunks(rows: Iterable<readonly CopyValue[]>): Generator<string> {
  let chunk = '';
  for (const row of rows) {
    chunk += copyLine(row);
    if (chunk.length >= CHUNK_LENGTH) {
      yield chunk;
      chunk = '';
    }
  }
  if (chunk !== '') yield chunk;
}

function copyValue(value: CopyValue): string {
  if (value === null) return '\\N';
  if (typeof value === 'string') return value.replace(/[\\\t\n\r]/g, (character) => ESCAPED[character] ?? character);
  if (typeof value === 'number') return String(value);
  return value instanceof Date ? value.toISOString() : `{${value.join(',')}}`;
}

const ESCAPED: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
