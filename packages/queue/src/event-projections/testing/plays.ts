import type { FoldSet } from '@scorekeep/core/rules';
import type { EventLog } from '../../log/event-log.ts';
import { gameLog } from '../../log/testing/game.ts';
import type { Backend } from '../../projections/projection.ts';
import { projection } from '../../projections/projection.ts';
import type { EventProjection } from '../event-projection.ts';

/** The log of games that projections of tests follow. */
export const games: EventLog = gameLog();

/** What is folded of games: all four reducers, and a condition. */
export const playFold: FoldSet = {
  id: 'play',
  version: 1,
  fields: {
    score: { type: 'int', min: 0, max: 1_000_000 },
    combo: { type: 'int', min: 0, max: 999, optional: true },
    practice: { type: 'bool', optional: true },
    at: { type: 'int', min: 0, max: 4_102_444_800_000 },
  },
  where: ['not', ['else', '$practice', false]],
  reduce: {
    total: ['sum', '$score'],
    games: ['count'],
    best: ['best', '$score', ['else', '$combo', 0]],
    last: ['latest', '$at', '$score'],
  },
};

/** A projection of {@link playFold}. */
export const playsBy = (backend: Backend, name = 'play'): EventProjection =>
  projection(name, { from: games, fold: playFold, paths: { at: 'time', combo: 'data.moves.combo' }, backend });
