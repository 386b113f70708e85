import type { FoldSet } from '@scorekeep/core/rules';
import { arcade } from '../../boards/testing/arcade.ts';
import { type Backend, projection } from '../../projections/projection.ts';
import type { ItemFold, ScoreProjection } from '../score-projection.ts';

/** What is folded of the scores of runs: all four reducers, and a condition. */
export const formFold: FoldSet = {
  id: 'form',
  version: 1,
  fields: {
    points: { type: 'int', min: 0, max: 100_000 },
    combo: { type: 'int', min: 0, max: 9999 },
    misses: { type: 'int', min: 0, max: 99 },
    time: { type: 'int', min: 0, max: 4_102_444_800_000 },
  },
  where: ['lt', '$misses', 4],
  reduce: {
    total: ['sum', '$points'],
    games: ['count'],
    best: ['best', '$points', '$combo'],
    last: ['latest', '$time', '$points'],
  },
};

export const { runs } = arcade();

/** A projection of {@link formFold}. Its `combo` is the tie-break of the score, its `misses` the field of the run. */
export const formBy = (backend: Backend, name: string): ScoreProjection =>
  projection(name, {
    from: runs,
    fold: formFold,
    paths: { combo: 'ties.combo', misses: 'misses' },
    at: 'played_at',
    backend,
  }) as ScoreProjection;

/** Points in the order in which runs were played: no sum, and no fold that is data, says that. */
export const inOrder: ItemFold<readonly number[]> = { initial: [], step: (all, { points }) => [...all, points] };

/** Counts runs; throws for about an eighth of the players, each time. */
export const touchy = projection<number>('touchy', {
  from: runs,
  fold: {
    initial: 0,
    step(n, { subject }) {
      if (isTouchy(subject)) throw new RangeError('not this one');
      return n + 1;
    },
  },
});

export const isTouchy = (subject: string): boolean => subject < '2';

/** The scores of runs as they were at a time, by SQL that shares nothing with what is tested: the first that was replaced later, if any was. */
const scoresAt = (time: string): string => `(
  select s.player, s.run, case when h.run is null then s.milli else h.milli end as milli from scorekeep.score_runs_v1 s
  left join lateral (
    select * from scorekeep.score_runs_v1_history h where h.player = s.player and h.run = s.run and h.replaced_at > ${time} order by h.revision limit 1
  ) h on true)`;

/** What {@link formBy} and {@link inOrder} come to, by SQL that shares nothing with them; of what had happened by a time, if one is given. */
export function formByHand(asOf?: Date): string {
  const time = asOf && `timestamptz '${asOf.toISOString()}'`;
  return `
  select p.player::text as subject, sum(s.milli) filter (where fine)::int as total, count(*) filter (where fine)::int as games,
    max(array[s.milli, p.combo]) filter (where fine) as best,
    max(array[floor(extract(epoch from p.played_at) * 1000)::float8, s.milli]) filter (where fine) as last,
    array_agg(s.milli / 1000.0 order by p.played_at, p.player, p.run)::float8[] as in_order
  from ${time ? scoresAt(time) : 'scorekeep.score_runs_v1'} s join play p using (player, run), lateral (select p.misses < 4 and p.played_at is not null as fine) f
  where s.milli is not null ${time ? `and p.played_at <= ${time}` : ''} group by 1 order by 1`;
}
