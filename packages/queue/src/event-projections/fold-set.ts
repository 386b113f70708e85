import { type FoldSet, type FoldState, type Reducer, type ReducerColumns, toFold } from '@scorekeep/core/rules';
import type { RegisteredLog } from '../log/register-log.ts';
import { quote } from '../postgres/identifiers.ts';
import type { Sql } from '../postgres/sql.ts';
import { textArray } from '../postgres/text-array.ts';
import { fieldReader, foldEvents } from './event-columns.ts';
import type { EventFold } from './event-fold.ts';
import { type EventProjection, reducersOf } from './event-projection.ts';
import type { Following } from './following.ts';
import { PIECE_PARAMETERS, pieceValues, rowsOf } from './pieces.ts';

/** A fold that runs in one statement: events are read, folded by subject and merged into the table without leaving Postgres. */
export function sqlFold(
  projection: EventProjection,
  log: RegisteredLog,
  fold: FoldSet,
  sql: Following['sql'],
): EventFold {
  const { from, select, accepts, values } = foldEvents(fold, projection.paths, log, rowsOf(log), PIECE_PARAMETERS + 1);
  const delta = `select score.subject, ${select} from ${from} group by score.subject having bool_or(${accepts})`;
  return {
    columns: columnsOf(projection.name, fold),
    async apply(tx, table, pieces) {
      await sql(tx).query(
        `insert into ${table} as t (subject, ${reducerNames(projection.name, fold)}) select * from (${delta}) delta order by subject ${merging(projection, fold)}`,
        [...pieceValues(log, projection, pieces), ...values],
      );
      return [];
    },
  };
}

/** The same fold over events that are read into this process; comes to the same. */
export function jsFold(projection: EventProjection, fold: FoldSet): EventFold {
  const { initial, step } = toFold(fold);
  const fieldsOf = fieldReader(fold, projection.paths);
  const reducers = reducersOf(projection.name, fold);
  return {
    columns: columnsOf(projection.name, fold),
    async apply(tx, table, pieces, read) {
      const states = new Map<string, FoldState>();
      for (const event of await read(pieces)) {
        const before = states.get(event.subject) ?? initial;
        const after = step(before, fieldsOf(event));
        if (after !== before) states.set(event.subject, after);
      }
      if (states.size === 0) return [];
      await insertStates(tx, table, reducers, states, merging(projection, fold));
      return [];
    },
  };
}

/** Inserts states; `onConflict` says what becomes of subjects that have one. */
export async function insertStates(
  tx: Sql,
  table: string,
  reducers: ReadonlyMap<string, ReducerColumns>,
  states: ReadonlyMap<string, FoldState>,
  onConflict = '',
): Promise<void> {
  const names = [...reducers.keys()];
  const cast = [...reducers].map(([name, { kind }]) => `${quote(name)}::${typeOf(kind)}`);
  const columns = names.map((name) => textArray([...states.values()].map((state) => texted(state[name]))));
  const list = names.map(quote).join(', ');
  await tx.query(
    `insert into ${table} as t (subject, ${list}) select subject, ${cast.join(', ')}
     from unnest($1::text[], ${columns.map((_, i) => `$${i + 2}::text[]`).join(', ')}) as delta (subject, ${list}) order by subject ${onConflict}`,
    [textArray([...states.keys()]), ...columns],
  );
}

/** The state of a subject from its row. */
export function foldStateOf(
  { name: projection }: { readonly name: string },
  fold: FoldSet,
  row: Readonly<Record<string, unknown>>,
): FoldState {
  return Object.fromEntries(
    [...reducersOf(projection, fold).keys()].map((name) => {
      const value = row[name];
      if (value === null) return [name, null];
      return [name, Array.isArray(value) ? value.map(Number) : Number(value)];
    }),
  );
}

const typeOf = (kind: Reducer[0]): string => (kind === 'sum' || kind === 'count' ? 'int8' : 'int8[]');

/** The columns of a table of states. */
export function columnsOf(name: string, fold: FoldSet): string[] {
  return [...reducersOf(name, fold)].map(([reducer, { kind }]) => {
    return `${quote(reducer)} ${typeOf(kind)}${kind === 'sum' || kind === 'count' ? ' not null' : ''}`;
  });
}

/** Their names, quoted. */
export const reducerNames = (name: string, fold: FoldSet): string =>
  [...reducersOf(name, fold).keys()].map(quote).join(', ');

/** Arrays compare by their elements, first to last, as `best` and `latest` do; NULL is left out. */
function merging({ name }: EventProjection, fold: FoldSet): string {
  const merged = [...reducersOf(name, fold)].map(([reducer, { kind }]) => {
    const column = quote(reducer);
    if (kind === 'sum' || kind === 'count') return `${column} = t.${column} + excluded.${column}`;
    return `${column} = greatest(t.${column}, excluded.${column})`;
  });
  return `on conflict (subject) do update set ${merged.join(', ')}`;
}

function texted(value: FoldState[string] | undefined): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'number' ? String(value) : `{${value.join()}}`;
}
