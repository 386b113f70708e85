import { rankOfEquals } from '@scorekeep/core/boards';
import { integer, type Row } from '../postgres/sql.ts';
import type { BoardRank } from './board.ts';
import { betterByHistogram } from './histogram.ts';
import { listed, type Standing, sortColumns } from './stored-board.ts';

/** What a rank is made of: how many are better, how many are equal (the entrant too), and how many of these come before. */
export interface Counts {
  readonly better: number;
  readonly equals: number;
  readonly equalsBefore: number;
  readonly betterDistinct: number;
}

/** The rank of who has these counts. */
export function rankOf(rank: BoardRank, { better, equals, betterDistinct }: Counts): number {
  return rankOfEquals(rank, better + 1, better + equals, betterDistinct + 1);
}

/**
 * Joins and columns that count for each standing `me` of a query. The better ones come from the histogram, and from the
 * index within one bucket; equals, and for dense ranks everybody above, are counted one by one.
 *
 * @param withBefore whether it matters how many equals come before, as at the beginning of a page
 */
export function countsSql(
  standing: Standing,
  rank: BoardRank,
  withBefore: boolean,
): { joins: string; columns: string } {
  const { definition, table } = standing;
  const columns = sortColumns(definition);
  const window = definition.window === undefined ? '' : 't.window_key = me.window_key and ';
  const count = (condition: string): string =>
    `(select count(*) from ${table} t where ${window}${condition} and ${listed('t')})`;
  const prefix = (i: number): string[] => columns.slice(0, i).map(({ column }) => `t.${column} = me.${column}`);
  const beyond = columns.map(({ column, order }, i) =>
    [...prefix(i), `t.${column} ${order === 'desc' ? '>' : '<'} me.${column}`].join(' and '),
  );
  const same = prefix(columns.length).join(' and ');
  const { joins, count: above } = betterByHistogram(standing);
  const distinct = `(select count(*) from (select distinct ${columns.map(({ column }) => `t.${column}`).join(', ')} from ${table} t where ${window}(${beyond.join(' or ')}) and ${listed('t')}) above)`;
  const dense = rank === '1223';
  return {
    joins: dense ? '' : joins,
    columns: [
      `${dense ? '0' : [above, ...beyond.slice(1).map(count)].join(' + ')} as better`,
      `${dense ? distinct : '0'} as better_distinct`,
      `${rank === '1334' || rank === 'fractional' ? count(same) : '1'} as equals`,
      `${withBefore ? count(`${same} and t.subject < me.subject`) : '0'} as equals_before`,
    ].join(', '),
  };
}

/** Reads the columns of {@link countsSql}. */
export const readCounts = (row: Row): Counts => ({
  better: integer(row, 'better'),
  betterDistinct: integer(row, 'better_distinct'),
  equals: integer(row, 'equals'),
  equalsBefore: integer(row, 'equals_before'),
});
