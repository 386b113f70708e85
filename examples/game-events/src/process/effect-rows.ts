/** Effects as the rows of a statement, from its first value: a JSON list of them. */
export const EFFECTS = `json_to_recordset($1) as e(shard smallint, position bigint, id text, type text, "user" text, at float8, received float8,
  platform text, nickname text, score int, seconds int, endless boolean, coins bigint, gems bigint, tournament text)`;
