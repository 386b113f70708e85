import { type Board, board } from '../../boards/board.ts';
import { projection } from '../../projections/projection.ts';
import type { EventProjection } from '../event-projection.ts';
import { games, playsBy } from './plays.ts';

/** The ids of events by the order in which they were applied: one that is applied twice stands there twice. */
export interface Applied {
  readonly ids: readonly string[];
}

/** Notes each event; throws for every tenth, each time. */
const noting = (name: string, ordered: boolean): EventProjection<Applied> =>
  projection<Applied>(name, {
    from: games,
    ordered,
    batch: 20,
    fold: {
      initial: { ids: [] },
      step({ ids }, { id, data }) {
        if ((data as { score: number }).score % 10 === 3) throw new RangeError('a score that ends in 3');
        return { ids: [...ids, id] };
      },
    },
  });

/** What drills kill: each kind of fold, and host's statements that count every event once. */
export const drilled = {
  inSql: playsBy('sql', 'in_sql'),
  inJs: playsBy('js', 'in_js'),
  noted: noting('noted', false),
  ordered: noting('ordered', true),
  host: projection('host', {
    from: games,
    batch: 20,
    // A careless host: done twice, it would be there twice. Some events are refused by the table.
    apply: (tx, events) =>
      tx.query('insert into host_event select * from unnest($1::text[], $2::int[])', [
        events.map(({ id }) => id),
        events.map(({ data }) => (data as { score: number }).score),
      ]),
  }),
} as const;

export const drillBoards: readonly Board[] = [
  board('total', { of: drilled.inSql, by: 'total' }),
  board('best', {
    of: drilled.inJs,
    by: 'best',
    window: { every: 'tournament', id: 'cup', start: 0, end: 4_102_444_800_000 },
  }),
];
