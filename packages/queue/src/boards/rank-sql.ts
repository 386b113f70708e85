import type { RankMethod } from '@scorekeep/core/boards';
import { type StoredBoard, sortColumns } from './stored-board.ts';

/** The rank of each row `alias` among the rows of its window, as a window function, numeric. */
export function rankSql(method: RankMethod, definition: StoredBoard, alias: string): string {
  const columns = sortColumns(definition).map(({ column, order }) => `${alias}.${column} ${order}`);
  const partition = definition.window === undefined ? '' : `partition by ${alias}.window_key`;
  const over = `over (${partition} order by ${columns.join(', ')})`;
  const same = [
    ...(definition.window === undefined ? [] : ['window_key']),
    ...sortColumns(definition).map((one) => one.column),
  ];
  const equals = `count(*) over (partition by ${same.map((column) => `${alias}.${column}`).join(', ')})`;
  const rank = {
    '1224': `rank() ${over}`,
    '1334': `rank() ${over} + ${equals} - 1`,
    '1223': `dense_rank() ${over}`,
    fractional: `rank() ${over} + (${equals} - 1) / 2.0`,
  }[method];
  return `trim_scale((${rank})::numeric)`;
}
