import { INT4_MAX, INT4_MIN } from './limits.ts';

/** A piece of SQL that stands for an expression. */
export interface Fragment {
  /** Parenthesised where it needs to be: it can stand as any operand. */
  readonly sql: string;
  /** `int` is int2, int4 or int8, whichever the column is. */
  readonly type: 'int' | 'int4' | 'int8' | 'numeric' | 'float8' | 'bool' | 'text' | 'array';
  /** What an integer can be in SQL, also in rows that the guard refuses. */
  readonly lo: number;
  readonly hi: number;
  /** How much Postgres does for it, in comparisons of integers. */
  readonly cost: number;
  /** The select in whose output everything that it refers to exists. */
  readonly stage: number;
  /** Whether writing it twice costs nothing. */
  readonly atom: boolean;
  /** Whether it may be NULL, in a row that the guard refuses. */
  readonly nullable: boolean;
}

/** A vector: as an array, or element by element without ever building one. */
export interface VectorFragment {
  readonly whole: () => Fragment;
  /** @param position from 1 */
  readonly element: (position: number) => Fragment;
}

/** A whole number as a literal. */
export function sqlInteger(value: number | bigint): string {
  return value < 0 ? `(${value})` : String(value === 0 ? 0 : value);
}

export function literal(value: number): Fragment {
  const type = value >= INT4_MIN && value <= INT4_MAX ? 'int4' : 'int8';
  return { sql: sqlInteger(value), type, lo: value, hi: value, cost: 0, stage: 0, atom: true, nullable: false };
}

/** Joins many operands as a balanced tree, because Postgres's own stack bounds how deep an expression may be. */
export function balanced(operands: readonly string[], join: (a: string, b: string) => string): string {
  if (operands.length <= 1) return operands[0] ?? '';
  const middle = Math.ceil(operands.length / 2);
  const side = (part: readonly string[]): string => {
    const sql = balanced(part, join);
    return part.length === 1 ? sql : `(${sql})`;
  };
  return join(side(operands.slice(0, middle)), side(operands.slice(middle)));
}
