import { isolate } from '../event-projections/isolate.ts';
import { buildTable } from '../event-projections/pieces.ts';
import { enclose, publish } from '../facts.ts';
import type { Row, Sql } from '../postgres/sql.ts';
import { transaction } from '../postgres/transaction.ts';
import { strikeAlone } from '../slices/strike-alone.ts';
import type { ItemFolds } from './item-folds.ts';
import { beginRefold, endMarks, giveBack, type Held, heldOf, isAnyDue } from './marks.ts';
import { putAside, putLostAside } from './put-aside.ts';
import type { Refolding } from './refolding.ts';

/** What one transaction did. */
interface Refolded {
  readonly subjects: number;
  /** Of these, put aside. */
  readonly parked: number;
}

/**
 * Folds subjects again that are marked, in one transaction with the end of their marks: state and mark move together or not at all.
 * A subject whose fold fails is put aside, alone; one that is in hand of a process that dies is taken alone from then on, and put aside
 * when that does not end. No other waits for it.
 *
 * @param number the build; the live one by default, unless it is paused
 * @returns how many were begun; undefined when none is due
 */
export async function refold(refolding: Refolding, number?: number): Promise<number | undefined> {
  const { pool, label, projection } = refolding;
  const due = await isAnyDue(pool, refolding, number);
  if (due.lost) {
    await putLostAside(refolding, number);
    return 0;
  }
  if (!due.any) return undefined;
  const stepping = { log: projection.of.from.table, label };
  const refolded = await enclose('projection.stepping', stepping, () => refoldDue(refolding, number));
  return refolded?.subjects ?? 0;
}

async function refoldDue(refolding: Refolding, number: number | undefined): Promise<Refolded | undefined> {
  const { pool, label, projection } = refolding;
  const started = performance.now();
  const taken: Held[] = [];
  try {
    const refolded = await transaction(
      pool,
      async (tx, begun) => {
        const held = heldOf(begun.at(-1)?.rows ?? []);
        taken.push(held);
        const failed = await refoldHeld(tx, refolding, held);
        const oldest = Math.max(0, ...(begun.at(-1)?.rows ?? []).map((row: Row) => Number(row['lag'])));
        return { build: held.build, subjects: held.subjects.length, parked: failed.size, lagSeconds: oldest };
      },
      beginRefold(refolding, number),
    );
    // Others took them in hand.
    if (refolded.subjects === 0) return undefined;
    const milliseconds = performance.now() - started;
    publish('subjects.refolded', { log: projection.of.from.table, label, ...refolded, milliseconds });
    return refolded;
  } catch (error) {
    // It lives to tell, so that they were not lost with a process; where even this fails they are taken for that.
    for (const held of taken) await giveBack(pool, refolding, held).catch(() => undefined);
    throw error;
  }
}

/** Folds what is due, one transaction after the other; answers how many subjects were begun. */
export async function refoldAll(refolding: Refolding): Promise<number> {
  for (let begun = 0; ; ) {
    const subjects = await refold(refolding);
    if (subjects === undefined) return begun;
    begun += subjects;
  }
}

/**
 * Folds marked subjects in the transaction, those that no writer of scores is at.
 *
 * @returns what those failed with that did
 */
export async function refoldIn(
  tx: Sql,
  refolding: Refolding,
  build: number,
  subjects: readonly string[],
  fold: ItemFolds = refolding.fold,
): Promise<ReadonlyMap<string, string>> {
  const { id, schema } = refolding;
  const { rows } = await tx.query(
    `select build, subject, put_aside from ${schema}.refold where projection = $1 and build = $2 and subject = any ($3::text[]) order by subject for update skip locked`,
    [id, build, subjects],
  );
  return refoldHeld(tx, refolding, heldOf(rows), fold);
}

async function refoldHeld(
  tx: Sql,
  refolding: Refolding,
  held: Held,
  fold: ItemFolds = refolding.fold,
): Promise<ReadonlyMap<string, string>> {
  const { build, subjects } = held;
  const failed = new Map<string, string>();
  if (subjects.length === 0) return failed;
  const table = buildTable(refolding.schema, refolding.label, build);
  await isolate<string, readonly [string, string]>(tx, subjects, {
    sizeOf: (part) => part.length,
    divide: quarters,
    // Statements of their own: their snapshots are newer than the locks, so that no score is missed whose mark was found.
    run: async (part) => [...(await fold.write(tx, table, part))],
    isTooMuchAlone: (subject) => strikeAlone(refolding.projection, `${build} ${subject}`),
    leaveOut(culprits) {
      const codes = 'part' in culprits ? [[culprits.part, culprits.code] as const] : culprits;
      for (const [subject, code] of codes) failed.set(subject, code);
      return codes.length;
    },
  });
  await putAside(tx, refolding, held, failed);
  await endMarks(
    tx,
    refolding,
    build,
    subjects.filter((subject) => !failed.has(subject)),
  );
  return failed;
}

function quarters(subjects: readonly string[]): readonly (readonly string[])[] {
  const size = Math.ceil(subjects.length / 4);
  return [0, 1, 2, 3].map((i) => subjects.slice(i * size, (i + 1) * size)).filter((part) => part.length > 0);
}
