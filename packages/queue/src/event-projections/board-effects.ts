import type { FoldSet } from '@scorekeep/core/rules';
import { itemMoment, windowKey } from '../boards/item-time.ts';
import { standingEffects } from '../boards/standing-effects.ts';
import type { Standing, StoredBoard } from '../boards/stored-board.ts';
import { eventTable, type RegisteredLog } from '../log/register-log.ts';
import { literal } from '../postgres/identifiers.ts';
import type { Row, Sql } from '../postgres/sql.ts';
import { standingOf } from '../projections/register.ts';
import type { Column, InspectedTable } from '../tables/inspect-table.ts';
import { foldEvents } from './event-columns.ts';
import { reducersOf } from './event-projection.ts';
import type { Following } from './following.ts';
import { NOT_APPLIED } from './given-up.ts';
import { consumerPrefix, PIECE_PARAMETERS, type Piece, pieceValues, rowsOf } from './pieces.ts';

/** Moves the boards of a projection by the events of pieces. */
export async function moveBoards(
  tx: Sql,
  following: Following,
  standings: readonly Standing[],
  pieces: readonly Piece[],
): Promise<void> {
  for (const standing of standings) {
    const { text, values } = statementOf(following, standing);
    await tx.query(text, [...pieceValues(following.log, following.projection, pieces), ...values]);
  }
}

/** Made once for a board; one that is switched gets another id. */
function statementOf(following: Following, standing: Standing): BoardStatement {
  const known = statements.get(following) ?? new Map<number, BoardStatement>();
  statements.set(following, known);
  const made = known.get(standing.id) ?? makeStatement(following, standing);
  known.set(standing.id, made);
  return made;
}

interface BoardStatement {
  readonly text: string;
  readonly values: readonly string[];
}

const statements = new WeakMap<Following, Map<number, BoardStatement>>();

function makeStatement(following: Following, standing: Standing): BoardStatement {
  const { projection, log } = following;
  const { id, definition } = standing;
  const fold = projection.fold as FoldSet;
  const { from, accepts, values } = foldEvents(fold, projection.paths, log, rowsOf(log), PIECE_PARAMETERS + 1);
  const table = inspectedEvents(log);
  const columns = [
    'p.subject',
    ...valuesOf(following, definition),
    ...(definition.window === undefined ? [] : [`${windowKey(table, definition)} as w_${id}`]),
    ...(definition.add === 'latest' ? [`${itemMoment(table, definition)} as t_${id}`] : []),
  ];
  const item = `with item as materialized (select ${columns.join(', ')} from (select * from ${from} where ${accepts}) as p)`;
  return { text: `${item}${standingEffects([standing], 'new', table.subject)} select 1`, values };
}

/** The boards of a projection from their rows, with `schema` as statements need it. */
export const readStandings = ({ schemaName }: Following, boards: readonly Row[]): Standing[] =>
  boards.map((board) => standingOf(schemaName, board as unknown as Standing));

/**
 * What a board is built from: every event that its projection has applied, with what it pays, as a relation. It is not
 * stored, so it is as dear as reading the log.
 */
export function appliedEvents(
  following: Following,
  definition: StoredBoard,
): { readonly table: InspectedTable; readonly scores: string } {
  const { schema, projection, log, id, label } = following;
  const on = projection.on?.map((type) => log.typeIds.get(type) ?? -1);
  const consumer = `(select ${literal(consumerPrefix(label))} || b.number from ${schema}.projection_build b where b.projection = ${id} and b.live)`;
  const isIn = (table: string): string =>
    `exists (select from ${schema}.${table} x where x.log = ${log.id} and x.consumer = c.consumer and x.shard = e.shard and x.position = e.position)`;
  const rows = `(select e.* from ${eventTable(log)} e join ${schema}.log_consumer c on c.log = ${log.id} and c.shard = e.shard and c.consumer = ${consumer}
    where e.log = ${log.id} and e.position <= c.at ${on === undefined ? '' : `and e.type in (${on.join(', ')})`}
      ${NOT_APPLIED.map((table) => `and not ${isIn(table)}`).join(' ')}) p`;
  const { from, accepts, values } = foldEvents(projection.fold as FoldSet, projection.paths, log, rows, 1);
  const bound = from.replace(/\$(\d+)::text/g, (_, n: string) => `${literal(values[Number(n) - 1] ?? '')}::text`);
  const columns = ['p.shard', 'p.position', 'p.subject', ...valuesOf(following, definition)];
  return {
    table: inspectedEvents(log),
    scores: `(select ${columns.join(', ')} from (select * from ${bound} where ${accepts}) as p)`,
  };
}

/** What an event pays, in thousandths, and its tie-breaks. */
function valuesOf({ projection }: Following, { by, ties }: StoredBoard): string[] {
  const [value] = reducersOf(projection.name, projection.fold as FoldSet).get(by ?? '')?.columns ?? [];
  const milli = value === undefined ? '1000::int8' : `p.${value}::int8 * 1000`;
  return [`${milli} as milli`, ...ties.map(({ column }) => `p.${column}`)];
}

/** A log's events as boards know the rows of a table. */
function inspectedEvents(log: RegisteredLog): InspectedTable {
  const column = (name: string, type: string, of: Column['class']): Column => ({
    name,
    type,
    collate: '',
    notNull: true,
    listable: true,
    class: of,
  });
  const subject = column('subject', 'text', 'text');
  const key = [column('shard', 'smallint', 'int'), column('position', 'bigint', 'int'), subject];
  return {
    log: {
      kind: 'table',
      table: `events_${log.name}`,
      key: key.map(({ name }) => name),
      subject: 'subject',
      frozen: null,
      fields: {},
      join: null,
    },
    from: eventTable(log),
    joinFrom: null,
    key,
    subject,
    frozen: null,
    columns: new Map([['occurred_at', column('occurred_at', 'timestamp with time zone', 'epoch')]]),
    joinColumns: new Map(),
    canSample: false,
    hasVersions: false,
  };
}
