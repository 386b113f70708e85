import { EVENT_COLUMNS, type LoggedEvent, openEvents } from '../log/read-log.ts';
import { eventTable, type RegisteredLog } from '../log/register-log.ts';
import { quote } from '../postgres/identifiers.ts';
import type { Sql } from '../postgres/sql.ts';
import { integer, type Row, text } from '../postgres/sql.ts';
import { arrayLiteral } from '../tables/array-literal.ts';
import type { EventProjection } from './event-projection.ts';

/** The events of a shard at positions above `after`, up to and including `upto`. */
export interface Piece {
  readonly shard: number;
  readonly after: number;
  readonly upto: number;
}

/** How many positions there are in pieces. */
export const sizeOf = (pieces: readonly Piece[]): number =>
  pieces.reduce((sum, { after, upto }) => sum + upto - after, 0);

/** Pieces one by one; a single one in quarters, in order. */
export function divide(pieces: readonly Piece[]): readonly (readonly Piece[])[] {
  const [only, ...others] = pieces;
  if (only === undefined || others.length > 0) return pieces.map((piece) => [piece]);
  const { shard, after, upto } = only;
  const quarter = Math.ceil((upto - after) / 4);
  const starts = [0, 1, 2, 3].map((i) => after + i * quarter).filter((start) => start < upto);
  return starts.map((start) => [{ shard, after: start, upto: Math.min(upto, start + quarter) }]);
}

/** How many parameters {@link rowsOf} takes: they are the first of a statement. */
export const PIECE_PARAMETERS = 4;

/** A relation `p` of the events of pieces that a projection is about, after `from`. Positions and their events are few, so a loop does. */
export function rowsOf(log: RegisteredLog): string {
  return `unnest($1::int2[], $2::int8[], $3::int8[]) as piece (shard, after, upto) join lateral (
    select * from ${eventTable(log)} e where e.log = ${log.id} and e.shard = piece.shard and e.position > piece.after and e.position <= piece.upto
      and ($4::int2[] is null or e.type = any ($4)) offset 0) as p on true`;
}

/** The values of {@link rowsOf}. */
export function pieceValues(log: RegisteredLog, { on }: EventProjection, pieces: readonly Piece[]): unknown[] {
  const column = (of: (piece: Piece) => number): string => arrayLiteral(pieces.map(of));
  return [
    column((piece) => piece.shard),
    column((piece) => piece.after),
    column((piece) => piece.upto),
    on === null ? null : arrayLiteral(on.map((type) => log.typeIds.get(type) ?? -1)),
  ];
}

/** Reads the events of pieces, those of a shard in order. */
export type ReadEvents = (pieces: readonly Piece[]) => Promise<readonly LoggedEvent[]>;

/** Reads events in one transaction: what is in hand from the time before is not read again, however it is divided. */
export function eventReader(sql: Sql, projection: EventProjection, log: RegisteredLog): ReadEvents {
  let known: readonly Piece[] = [];
  let inHand: ReadonlyMap<number, readonly LoggedEvent[]> = new Map();
  const isKnown = ({ shard, after, upto }: Piece): boolean =>
    known.some((one) => one.shard === shard && one.after <= after && one.upto >= upto);
  return async (pieces) => {
    if (!pieces.every(isKnown)) {
      const events = await eventsOf(sql, projection, log, pieces);
      [known, inHand] = [pieces, Map.groupBy(events, ({ shard }) => shard)];
      return events;
    }
    return pieces.flatMap(({ shard, after, upto }) =>
      (inHand.get(shard) ?? []).filter(({ position }) => position > after && position <= upto),
    );
  };
}

async function eventsOf(
  sql: Sql,
  projection: EventProjection,
  log: RegisteredLog,
  pieces: readonly Piece[],
): Promise<LoggedEvent[]> {
  const { rows } = await sql.query(
    `select ${EVENT_COLUMNS.replace(/^shard/, 'p.shard')} from ${rowsOf(log)} order by p.shard, p.position`,
    pieceValues(log, projection, pieces),
  );
  return openEvents(sql, projection.from, log, rows);
}

/** An event that was not applied: it failed, or (`code` null) waits behind one that did. */
export interface Unapplied {
  readonly shard: number;
  readonly position: number;
  readonly subject: string;
  readonly code: string | null;
}

/** An event's place and subject, whatever its type. */
export async function subjectAt(
  sql: Sql,
  log: RegisteredLog,
  { shard, upto }: Piece,
): Promise<Omit<Unapplied, 'code'>> {
  const { rows } = await sql.query(
    `select subject from ${eventTable(log)} where log = $1 and shard = $2 and position = $3`,
    [log.id, shard, upto],
  );
  return { shard, position: upto, subject: text(rows[0], 'subject') };
}

/** Reads pieces from rows with `shard`, `after` and `upto`. */
export const pieceOf = (row: Row): Piece => ({
  shard: integer(row, 'shard'),
  after: integer(row, 'after'),
  upto: integer(row, 'upto'),
});

/** The consumer that a build of a projection is to its log. A host's own consumers have no colon in their names. */
export const consumerOf = (label: string, build: number): string => `${consumerPrefix(label)}${build}`;

/** What the consumers of all builds of a projection begin with; the number of the build follows. */
export const consumerPrefix = (label: string): string => `projection:${label}:`;

/** The table of a build. @param schema quoted */
export const buildTable = (schema: string, label: string, build: number): string =>
  `${schema}.${quote(`projection_${label}_${build}`)}`;

/** The view of what a projection's live build has folded. @param schema quoted */
export const viewOf = (schema: string, label: string): string => `${schema}.${quote(`projection_${label}`)}`;
