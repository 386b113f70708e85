import { codeOf } from '../postgres/classify-error.ts';
import type { HandlerCall, HandlerTransaction } from './handler-transaction.ts';
import { OK, type Outcome, safeCode, Unfinished } from './outcome.ts';

/** The work under way cannot go on, through no fault of it: everything is rolled back and nothing is charged. */
export class Interrupted extends Error {
  readonly code: string;
  /** The item that was being worked, where that is known. */
  readonly index: number | undefined;

  constructor(cause: unknown, index?: number) {
    super('interrupted', { cause });
    this.code = safeCode(codeOf(cause));
    this.index = index;
  }
}

/**
 * Works items one after the other in one transaction, all under one savepoint as long as all goes well. When one fails, what
 * ran since is undone, those before it run again without it, and the rest goes on: each item runs at most twice.
 */
export async function eachInBatch(
  tx: HandlerTransaction,
  count: number,
  run: (index: number, call: HandlerCall) => Promise<Outcome>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const segments: Segment[] = [{ from: 0, to: count }];
  for (let segment = segments.pop(); segment !== undefined; segment = segments.pop()) {
    const failed = await runSegment(tx, segment, outcomes, run);
    if (failed === undefined) {
      if (segments.length > 0) await tx.keep();
      continue;
    }
    const undone = tx.touched();
    await tx.undo();
    segments.push({ from: failed + 1, to: segment.to });
    if (undone && failed > segment.from) segments.push({ from: segment.from, to: failed });
  }
  return outcomes;
}

interface Segment {
  readonly from: number;
  readonly to: number;
}

/** The index of the first item that did not end well; its outcome is set. */
async function runSegment(
  tx: HandlerTransaction,
  { from, to }: Segment,
  outcomes: Outcome[],
  run: (index: number, call: HandlerCall) => Promise<Outcome>,
): Promise<number | undefined> {
  for (let index = from; index < to; index++) {
    const outcome = await guarded(tx, index, (call) => run(index, call));
    outcomes[index] = outcome;
    if (outcome instanceof Unfinished) return index;
  }
  return undefined;
}

/**
 * Works items all at once in one transaction. When that fails, it is undone and each half is tried by itself, until what
 * fails stands alone. Items that the handler itself answers for are taken out, and the rest runs again without them.
 */
export async function halvedInBatch(
  tx: HandlerTransaction,
  count: number,
  run: (indexes: readonly number[], call: HandlerCall) => Promise<readonly Outcome[]>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const groups: (readonly number[])[] = [Array.from({ length: count }, (_, index) => index)];
  for (let group = groups.pop(); group !== undefined; group = groups.pop()) {
    if (group.length === 0) continue;
    const answers = await guarded(tx, group.length === 1 ? group[0] : undefined, (call) => run(group, call));
    if (answers instanceof Unfinished) {
      await tx.undo();
      const middle = Math.ceil(group.length / 2);
      if (group.length === 1) outcomes[group[0] ?? 0] = answers;
      else groups.push(group.slice(middle), group.slice(0, middle));
      continue;
    }
    const done = group.filter((_, i) => !(answers[i] instanceof Unfinished));
    for (const [i, index] of group.entries()) outcomes[index] = answers[i] ?? OK;
    if (done.length < group.length && tx.touched()) {
      await tx.undo();
      groups.push(done);
    } else if (groups.length > 0) await tx.keep();
  }
  return outcomes;
}

/**
 * An error of the handler's is the item's outcome; one of the infrastructure ends it all. The call is closed before anything is
 * undone, or what the handler has left behind would run after that, and commit with others.
 */
async function guarded<T>(
  tx: HandlerTransaction,
  index: number | undefined,
  run: (call: HandlerCall) => Promise<T>,
): Promise<T | Unfinished> {
  const call = tx.open();
  try {
    return await run(call);
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    if (call.judge(error) === 'infrastructure') throw new Interrupted(error, index);
    return new Unfinished('retry', safeCode(codeOf(error)));
  } finally {
    call.close();
  }
}
