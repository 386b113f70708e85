import type { FoldSet } from '@scorekeep/core/rules';
import { type EventProjection, projection } from '../../src/index.ts';
import { benchLog } from '../ingest/events.ts';

const fold: FoldSet = {
  id: 'play',
  version: 1,
  fields: {
    score: { type: 'int', min: 0, max: 1_000_000 },
    coins_collected: { type: 'int', min: 0, max: 1_000_000 },
  },
  reduce: { total: ['sum', '$score'], games: ['count'], best: ['best', '$score'], coins: ['sum', '$coins_collected'] },
};

interface Totals {
  readonly total: number;
  readonly games: number;
  readonly best: number;
}

/** The same totals by a function; `fails` names the scores that it throws for. */
const stepping = (name: string, fails: (score: number) => boolean): EventProjection<Totals> =>
  projection<Totals>(name, {
    from: benchLog,
    fold: {
      initial: { total: 0, games: 0, best: 0 },
      step({ total, games, best }, { data }) {
        const { score } = data as { score: number };
        if (fails(score)) throw new RangeError('by intent');
        return { total: total + score, games: games + 1, best: Math.max(best, score) };
      },
    },
  });

/** A host's own statement: a row for each event, into a table that may refuse some. */
const hosting = (name: string): EventProjection =>
  projection(name, {
    from: benchLog,
    apply: (tx, events) =>
      tx.query(`insert into ${name} (user_id, score) select * from unnest($1::text[], $2::int[])`, [
        events.map(({ subject }) => subject),
        events.map(({ data }) => (data as { score: number }).score),
      ]),
  });

/** Tables of {@link hosting}; one of a thousand scores is refused by the second. */
export const HOST_TABLES = `
  create table hosted (user_id text not null, score int not null);
  create table refusing (user_id text not null, score int not null check (score <> 500))`;

/** What is measured, by name. */
export const FOLDS: Readonly<Record<string, EventProjection>> = {
  sql: projection('in_sql', { from: benchLog, fold, backend: 'sql' }) as EventProjection,
  js: projection('in_js', { from: benchLog, fold, backend: 'js' }) as EventProjection,
  step: stepping('stepped', () => false) as EventProjection,
  throwing: stepping('throwing', (score) => score % 100 === 50) as EventProjection,
  hosted: hosting('hosted'),
  refusing: hosting('refusing'),
};
