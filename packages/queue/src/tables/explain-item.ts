import { decodeColumn, type Explanation, explain } from '@scorekeep/core/rules';
import { ScorekeepError } from '../errors.ts';
import { isNoValue } from '../postgres/classify-error.ts';
import { type Sql, textOrNull } from '../postgres/sql.ts';
import { itemKey } from './item-key.ts';
import { fieldColumns, PARKED, readItem, type Target, tieColumns } from './item-statements.ts';

/**
 * Evaluates an item again and says, rule by rule, why it has the points it has, and whether its stored score still
 * follows from the row.
 *
 * @param key every column of the log's key with its value
 * @throws ScorekeepError DEFINITION_INVALID when the key is not the log's, ITEM_NOT_FOUND when no row has it
 */
export async function explainItem(
  sql: Sql,
  target: Target,
  key: Readonly<Record<string, string | number | bigint | boolean>>,
): Promise<Explanation> {
  const { table, ruleSet } = target;
  const values = itemKey(table, key);
  const statement = readItem(target, values);
  const { rows } = await sql.query(statement.text, statement.values).catch((error: unknown) => {
    // What is no value of the key's type is nobody's key.
    if (!isNoValue(error)) throw error;
    return { rows: [] };
  });
  const row = rows[0];
  if (row === undefined) {
    throw new ScorekeepError(
      'ITEM_NOT_FOUND',
      `"${table.log.table}" has no row with ${table.key.map(({ name }, i) => `${name} = ${values[i]}`).join(', ')}.`,
      { table: table.log.table, key },
    );
  }
  const fields = Object.entries(fieldColumns(target)).map(([field, column], i) => [
    field,
    decodeColumn(column.type, row[`f_${i + 1}`] ?? null),
  ]);
  const reason = row['reason'];
  const stored =
    typeof reason !== 'number' || reason === PARKED
      ? undefined
      : {
          milli: row['milli'] as number | null,
          fired: BigInt(textOrNull(row, 'fired') ?? 0),
          reason,
          ties: tieColumns(ruleSet).map((column) => row[column] as number | null),
        };
  const item = Object.fromEntries(fields);
  const explained = explain(ruleSet, item, stored);
  const unknown = Object.keys(table.log.join?.fields ?? {}).filter(
    (field) => item[field] === null && ruleSet.fields[field]?.optional !== true,
  );
  // Such an item is not refused: it has not been looked at, and will be when its result is there.
  if (stored !== undefined || unknown.length === 0) return explained;
  return {
    ...explained,
    sentence: `Not scored yet: ${unknown.join(' and ')} ${unknown.length === 1 ? 'is' : 'are'} not known.`,
  };
}
