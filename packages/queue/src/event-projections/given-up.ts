import { integer, type Sql } from '../postgres/sql.ts';
import { arrayLiteral } from '../tables/array-literal.ts';
import type { Following } from './following.ts';
import { consumerOf, consumerPrefix, type Piece } from './pieces.ts';

/** Where it stands which events a consumer has passed without applying them. */
export const NOT_APPLIED = ['parked_event', 'given_up_event'] as const;

/** Notes that a consumer leaves an event out for good. */
export async function noteGivenUp(
  tx: Sql,
  { schema, log }: Following,
  consumer: string,
  { shard, position }: { readonly shard: number; readonly position: number },
): Promise<void> {
  await tx.query(
    `insert into ${schema}.given_up_event (log, consumer, shard, position) values ($1, $2, $3, $4) on conflict do nothing`,
    [log.id, consumer, shard, position],
  );
}

/** Has a new build leave out what the live one does. */
export async function inheritGivenUp(tx: Sql, { schema, log, id, label }: Following, build: number): Promise<void> {
  await tx.query(
    `insert into ${schema}.given_up_event (log, consumer, shard, position, given_up_at)
     select g.log, $2, g.shard, g.position, g.given_up_at from ${schema}.projection_build b
     join ${schema}.given_up_event g on g.log = $1 and g.consumer = $3 || b.number where b.projection = $4 and b.live`,
    [log.id, consumerOf(label, build), consumerPrefix(label), id],
  );
}

/**
 * A projection whose fold leaves out what a build is to leave out. It is for builds that are not live: one that is has passed all that
 * was ever given up, and its steps need not ask.
 */
export function sparing(following: Following, build: number): Following {
  const { fold, label } = following;
  const consumer = consumerOf(label, build);
  return {
    ...following,
    fold: {
      ...fold,
      async apply(tx, table, pieces, read, blocked) {
        const left = await withoutGivenUp(tx, following, consumer, pieces);
        return left.length === 0 ? [] : fold.apply(tx, table, left, read, blocked);
      },
    },
  };
}

/** Pieces around what is given up in them. */
async function withoutGivenUp(
  tx: Sql,
  { schema, log }: Following,
  consumer: string,
  pieces: readonly Piece[],
): Promise<readonly Piece[]> {
  const column = (of: (piece: Piece) => number): string => arrayLiteral(pieces.map(of));
  const { rows } = await tx.query(
    `select shard, position from unnest($3::int2[], $4::int8[], $5::int8[]) as piece (shard, after, upto)
     join ${schema}.given_up_event g using (shard) where g.log = $1 and g.consumer = $2 and position > after and position <= upto order by position`,
    [log.id, consumer, column(({ shard }) => shard), column(({ after }) => after), column(({ upto }) => upto)],
  );
  if (rows.length === 0) return pieces;
  const places = rows.map((row) => ({ shard: integer(row, 'shard'), position: integer(row, 'position') }));
  return pieces.flatMap((piece) =>
    around(
      piece,
      places.filter(({ shard }) => shard === piece.shard).map(({ position }) => position),
    ),
  );
}

/** A piece in parts, without some of its positions, which are in order. */
function around({ shard, after, upto }: Piece, positions: readonly number[]): readonly Piece[] {
  const within = positions.filter((position) => position > after && position <= upto);
  const starts = [after, ...within];
  const ends = [...within.map((position) => position - 1), upto];
  return starts
    .map((start, i) => ({ shard, after: start, upto: ends[i] ?? upto }))
    .filter((part) => part.after < part.upto);
}
