import type { ErrorsOf, ProcessingError } from '../log/recent.ts';
import { quote } from '../postgres/identifiers.ts';
import { text } from '../postgres/sql.ts';
import { arrayLiteral } from '../tables/array-literal.ts';

/** What projections say went wrong with events: each that is parked because it failed, by `shard/position`. */
export const parkedErrors: ErrorsOf = async (sql, log, events) => {
  const { rows } = await sql.query(
    `select x.shard || '/' || x.position as place, x.consumer, x.code from ${quote(log.schema)}.parked_event x
     join unnest($2::int2[], $3::int8[]) e (shard, position) using (shard, position) where x.log = $1 and x.code is not null order by x.consumer`,
    [log.id, arrayLiteral(events.map(({ shard }) => shard)), arrayLiteral(events.map(({ position }) => position))],
  );
  const errors = new Map<string, ProcessingError[]>();
  for (const row of rows) {
    const place = text(row, 'place');
    errors.set(place, [...(errors.get(place) ?? []), { consumer: text(row, 'consumer'), code: text(row, 'code') }]);
  }
  return errors;
};
