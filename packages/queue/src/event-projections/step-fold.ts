import { safeCode } from '../jobs/outcome.ts';
import type { LoggedEvent } from '../log/read-log.ts';
import { codeOf } from '../postgres/classify-error.ts';
import { text } from '../postgres/sql.ts';
import { textArray } from '../postgres/text-array.ts';
import { type EventFold, unapplied } from './event-fold.ts';
import type { EventProjection, StepFold } from './event-projection.ts';
import type { Unapplied } from './pieces.ts';

/** A fold in JavaScript: states are read, stepped through their events and written back, all subjects at once. */
export function stepFold<State>(projection: EventProjection, fold: StepFold<State>): EventFold {
  return {
    columns: ['state jsonb not null'],
    async apply(tx, table, pieces, read, blocked) {
      const bySubject = Map.groupBy(await read(pieces), (event) => event.subject);
      if (bySubject.size === 0) return [];
      const { rows } = await tx.query(
        `select subject, state::text as state from ${table} where subject = any ($1::text[])`,
        [textArray([...bySubject.keys()])],
      );
      const stored = new Map(rows.map((row) => [text(row, 'subject'), text(row, 'state')]));
      const left: Unapplied[] = [];
      const changed = new Map<string, string>();
      for (const [subject, events] of bySubject) {
        if (blocked.has(subject)) {
          left.push(...events.map((event) => unapplied(event, null)));
          continue;
        }
        const stepped = stepThrough(fold, stored.get(subject), events, projection.ordered);
        left.push(...stepped.left);
        if (stepped.left.length < events.length) changed.set(subject, stepped.state);
      }
      if (changed.size > 0) {
        await tx.query(
          `insert into ${table} as t (subject, state) select * from unnest($1::text[], $2::jsonb[]) order by 1
           on conflict (subject) do update set state = excluded.state`,
          [textArray([...changed.keys()]), textArray([...changed.values()])],
        );
      }
      return left;
    },
  };
}

/** Steps one subject through its events; after one that throws it begins again without it, so that half a step leaves nothing. */
function stepThrough<State>(
  fold: StepFold<State>,
  stored: string | undefined,
  events: readonly LoggedEvent[],
  ordered: boolean,
): { readonly state: string; readonly left: readonly Unapplied[] } {
  const left: Unapplied[] = [];
  for (let rest = events; ; ) {
    let state = stored === undefined ? structuredClone(fold.initial) : (JSON.parse(stored) as State);
    let failed = -1;
    let code = '';
    for (const [i, event] of rest.entries()) {
      try {
        state = fold.step(state, event);
      } catch (error) {
        [failed, code] = [i, safeCode(codeOf(error))];
        break;
      }
    }
    const culprit = rest[failed];
    if (culprit === undefined) return { state: asJson(state), left };
    left.push(unapplied(culprit, code));
    if (ordered) left.push(...rest.slice(failed + 1).map((event) => unapplied(event, null)));
    rest = ordered ? rest.slice(0, failed) : rest.filter((event) => event !== culprit);
  }
}

/**
 * The state that a fold answered, as it is stored.
 *
 * @throws TypeError when it is not JSON
 */
export function asJson(state: unknown): string {
  const json = JSON.stringify(state) as string | undefined;
  if (json === undefined) throw new TypeError('a fold answered a state that is not JSON');
  return json;
}
