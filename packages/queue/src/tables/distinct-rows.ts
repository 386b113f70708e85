/** Columns of equal length, each distinct row of them once. */
export interface DistinctRows {
  /** Where each distinct row stands first, in the order of appearance. */
  readonly first: readonly number[];
  /** For each row, the number of its distinct row in {@link first}, from 1, as SQL counts. */
  readonly codes: Int32Array;
}

/**
 * Finds the distinct rows of integer columns. A rule set has few outcomes however many rows it scores, and reading a
 * number out of an array's text costs Postgres more than looking it up.
 *
 * @param columns at least one, all of at least `rows` values within 32 bits
 */
export function distinctRows(columns: readonly ArrayLike<number>[], rows: number): DistinctRows {
  const first: number[] = [];
  const codes = new Int32Array(rows);
  // Open addressing at most half full; an entry is a code, 0 is free.
  const mask = 2 ** Math.ceil(Math.log2(Math.max(2, rows) * 2)) - 1;
  const table = new Int32Array(mask + 1);
  for (let row = 0; row < rows; row++) {
    let slot = hash(columns, row) & mask;
    let code = table[slot] as number;
    while (code !== 0 && !equal(columns, row, first[code - 1] as number)) {
      slot = (slot + 1) & mask;
      code = table[slot] as number;
    }
    if (code === 0) {
      code = first.push(row);
      table[slot] = code;
    }
    codes[row] = code;
  }
  return { first, codes };
}

/** Multiplies by the golden ratio of 2^32 (Knuth, The Art of Computer Programming 3, 6.4) and folds the high bits down. */
function hash(columns: readonly ArrayLike<number>[], row: number): number {
  let h = 0;
  for (let c = 0; c < columns.length; c++) {
    const value = (columns[c] as ArrayLike<number>)[row] as number;
    h = Math.imul(h ^ value, 0x9e3779b1);
    h ^= h >>> 15;
  }
  return h;
}

function equal(columns: readonly ArrayLike<number>[], a: number, b: number): boolean {
  for (let c = 0; c < columns.length; c++) {
    const column = columns[c] as ArrayLike<number>;
    if (column[a] !== column[b]) return false;
  }
  return true;
}
