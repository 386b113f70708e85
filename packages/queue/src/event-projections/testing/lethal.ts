import { projection } from '../../projections/projection.ts';
import type { EventProjection } from '../event-projection.ts';
import { games } from './plays.ts';

export interface Scores {
  readonly scores: readonly number[];
}

/** A projection that collects the scores of each user in order; `look` is shown each score first. */
export const lethal = (look: (score: number) => void): EventProjection<Scores> =>
  projection<Scores>('lethal', {
    from: games,
    ordered: true,
    batch: 32,
    fold: {
      initial: { scores: [] },
      step({ scores }, { data }) {
        const { score } = data as { score: number };
        look(score);
        return { scores: [...scores, score] };
      },
    },
  });
