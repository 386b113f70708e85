import { safeCode } from '../jobs/outcome.ts';
import { asksTooMuch, classifyError, codeOf, sqlState } from '../postgres/classify-error.ts';
import type { Sql } from '../postgres/sql.ts';

/** What is applied at once, in parts, and can be divided until what fails stands alone. */
export interface Divisible<Part, Left> {
  /** How much parts are: 1 is not divided any more. */
  readonly sizeOf: (parts: readonly Part[]) => number;
  /** The same in smaller groups, first to last. */
  readonly divide: (parts: readonly Part[]) => readonly (readonly Part[])[];
  /** Applies parts and answers what it left out of them. */
  readonly run: (parts: readonly Part[]) => Promise<readonly Left[]>;
  /** Whether a part that asks too much alone is left out; otherwise it fails all of it, and is tried again. */
  readonly isTooMuchAlone: (part: Part) => boolean;
  /** Notes in the transaction what `run` left out, or a culprit; answers how much that is. */
  readonly leaveOut: (
    culprits: readonly Left[] | { readonly part: Part; readonly code: string },
  ) => number | Promise<number>;
}

/**
 * Applies parts all at once, under a savepoint. When that fails by fault of one of them, or for their size, it is undone and divided, as
 * events are into shards and these into quarters, until the culprit stands alone; it is left out, and everything else is applied once.
 *
 * @returns how much was left out
 */
export async function isolate<Part, Left>(
  tx: Sql,
  parts: readonly Part[],
  { sizeOf, divide, run, isTooMuchAlone, leaveOut }: Divisible<Part, Left>,
): Promise<number> {
  let out = 0;
  const groups: (readonly Part[])[] = [parts];
  for (let group = groups.pop(); group !== undefined; group = groups.pop()) {
    const [part] = group;
    if (part === undefined) continue;
    await tx.query('savepoint isolate');
    try {
      const left = await run(group);
      if (left.length > 0) out += await leaveOut(left);
      // The last one is released by the commit: nearly always it is the only one.
      if (groups.length > 0) await tx.query('release savepoint isolate');
    } catch (error) {
      const alone = sizeOf(group) === 1;
      const tooMuch = asksTooMuch(codeOf(error)) && (!alone || isTooMuchAlone(part));
      if (!isOfAnEvent(error) && !tooMuch) throw error;
      await tx.query('rollback to savepoint isolate; release savepoint isolate');
      if (alone) out += await leaveOut({ part, code: safeCode(codeOf(error)) });
      else groups.push(...divide(group).toReversed());
    }
  }
  return out;
}

/** What Postgres cannot compute or store, what a trigger raises, what a function in JavaScript throws; not a lost connection. */
export function isOfAnEvent(error: unknown): boolean {
  const verdict = classifyError(error);
  return verdict === 'data' || (verdict === 'broken' && (sqlState(error)?.startsWith('P0') ?? true));
}

/** A fold threw: `code` says what. */
export class FoldFailed extends Error {
  readonly code: string;

  constructor(code: string) {
    super('what was put aside could not be applied');
    this.code = code;
  }
}
