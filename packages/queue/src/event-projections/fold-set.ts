import { type FoldSet, type FoldState, type Reducer, toFold } from '@scorekeep/core/rules';
import type { RegisteredLog } from '../log/register-log.ts';
import { textArray } from '../log/text-array.ts';
import { quote } from '../postgres/identifiers.ts';
import { fieldReader, foldEvents } from './event-columns.ts';
import type { EventFold } from './event-fold.ts';
import { type EventProjection, reducersOf } from './event-projection.ts';
import { PIECE_PARAMETERS, pieceValues, rowsOf } from './pieces.ts';

/** A fold that runs in one statement: events are read, folded by subject and merged into the table without leaving Postgres. */
export function sqlFold(projection: EventProjection, log: RegisteredLog, fold: FoldSet): EventFold {
  const { from, select, accepts, values } = foldEvents(fold, projection.paths, log, rowsOf(log), PIECE_PARAMETERS + 1);
  const delta = `select score.subject, ${select} from ${from} group by score.subject having bool_or(${accepts})`;
  return {
    columns: columnsOf(projection, fold),
    async apply(tx, table, pieces) {
      await tx.query(
        `${mergeInto(projection, fold, table)} select * from (${delta}) delta order by subject ${merging(projection, fold)}`,
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
  const reducers = [...reducersOf(projection.name, fold)];
  const cast = reducers.map(([name, { kind }]) => `${quote(name)}::${typeOf(kind)}`);
  return {
    columns: columnsOf(projection, fold),
    async apply(tx, table, pieces, read) {
      const states = new Map<string, FoldState>();
      for (const event of await read(pieces)) {
        const before = states.get(event.subject) ?? initial;
        const after = step(before, fieldsOf(event));
        if (after !== before) states.set(event.subject, after);
      }
      if (states.size === 0) return [];
      const names = reducers.map(([name]) => quote(name)).join(', ');
      const columns = reducers.map(([name]) => textArray([...states.values()].map((state) => texted(state[name]))));
      await tx.query(
        `${mergeInto(projection, fold, table)} select subject, ${cast.join(', ')}
         from unnest($1::text[], ${columns.map((_, i) => `$${i + 2}::text[]`).join(', ')}) as delta (subject, ${names}) order by subject ${merging(projection, fold)}`,
        [textArray([...states.keys()]), ...columns],
      );
      return [];
    },
  };
}

/** The state of a subject from its row. */
export function foldStateOf(
  projection: EventProjection,
  fold: FoldSet,
  row: Readonly<Record<string, unknown>>,
): FoldState {
  return Object.fromEntries(
    [...reducersOf(projection.name, fold).keys()].map((name) => {
      const value = row[name];
      if (value === null) return [name, null];
      return [name, Array.isArray(value) ? value.map(Number) : Number(value)];
    }),
  );
}

const typeOf = (kind: Reducer[0]): string => (kind === 'sum' || kind === 'count' ? 'int8' : 'int8[]');

function columnsOf({ name }: EventProjection, fold: FoldSet): string[] {
  return [...reducersOf(name, fold)].map(([reducer, { kind }]) => {
    return `${quote(reducer)} ${typeOf(kind)}${kind === 'sum' || kind === 'count' ? ' not null' : ''}`;
  });
}

const mergeInto = ({ name }: EventProjection, fold: FoldSet, table: string): string =>
  `insert into ${table} as t (subject, ${[...reducersOf(name, fold).keys()].map(quote).join(', ')})`;

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
