import { ScorekeepError } from '../errors.ts';
import type { InspectedTable } from './inspect-table.ts';

/**
 * The values of an item's key in the order of the log's.
 *
 * @throws ScorekeepError DEFINITION_INVALID when other columns are named than the log's key has
 */
export function itemKey(
  table: InspectedTable,
  key: Readonly<Record<string, string | number | bigint | boolean>>,
): string[] {
  const names = table.key.map((column) => column.name);
  const given = Object.keys(key);
  if (given.length !== names.length || !names.every((name) => Object.hasOwn(key, name))) {
    throw new ScorekeepError(
      'DEFINITION_INVALID',
      `An item of "${table.log.table}" is named by ${names.join(', ')}; got ${given.join(', ') || 'nothing'}.`,
      { table: table.log.table, key: names, given },
    );
  }
  return names.map((name) => String(key[name]));
}
