import * as v from 'valibot';
import { decider, refuse, type StoredEvent } from '../decider.ts';
import { eventType } from '../event-type.ts';

/** A room of a game in which players declare how many piles they will take, then are scored on what they took. */
const seat = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(3));
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8));

export const roundStarted = eventType('round_started', {
  schema: v.object({ round: v.number(), redeals: v.number() }),
  version: 2,
  upcast: { 1: (data) => ({ ...data, redeals: 0 }) },
});
export const declared = eventType('declared', { schema: v.object({ seat, piles: count }) });
export const scored = eventType('scored', { schema: v.object({ captured: v.array(count) }) });

export interface Room {
  readonly round: number;
  readonly redeals: number;
  readonly declared: readonly number[];
  readonly scores: readonly number[];
}

export type Command =
  | { readonly kind: 'start'; readonly redeals: number }
  | { readonly kind: 'declare'; readonly seat: number; readonly piles: number }
  | { readonly kind: 'score'; readonly captured: readonly number[] };

/** Points of one player for one round, as the published game has them. */
export function roundPoints(piles: number, captured: number, redeals: number): number {
  const points =
    piles === captured ? (piles === 0 ? 3 : piles + 5) : piles === 0 ? -captured : -Math.abs(piles - captured);
  return points * (1 + redeals);
}

export const room = decider('room', {
  types: [roundStarted, declared, scored],
  initialState: { round: 0, redeals: 0, declared: [], scores: [0, 0, 0, 0] } as Room,
  decide: (command: Command, { round, declared: already }) => {
    switch (command.kind) {
      case 'start':
        return [roundStarted.of({ round: round + 1, redeals: command.redeals })];
      case 'declare':
        if (already.length === 4) return refuse({ code: 'all-declared' });
        if (command.seat !== already.length) return refuse({ code: 'not-your-turn', turn: already.length });
        return [declared.of({ seat: command.seat, piles: command.piles })];
      case 'score':
        return already.length < 4 ? refuse({ code: 'not-declared' }) : [scored.of({ captured: [...command.captured] })];
    }
  },
  evolve: (state, event): Room => {
    switch (event.type) {
      case 'round_started':
        return { ...state, round: event.value.round, redeals: event.value.redeals, declared: [] };
      case 'declared':
        return { ...state, declared: [...state.declared, event.value.piles] };
      case 'scored': {
        const gained = state.declared.map((piles, i) =>
          roundPoints(piles, event.value.captured[i] ?? 0, state.redeals),
        );
        return { ...state, scores: state.scores.map((score, i) => score + (gained[i] ?? 0)) };
      }
    }
  },
});

/** Ten events: a round with its scores, begun when rounds had no redeals, and the start of the next. */
export const tenEvents: readonly StoredEvent[] = [
  { type: 'round_started', typeVersion: 1, data: { round: 1 } },
  ...[0, 3, 2, 0].map((piles, seat) => ({ type: 'declared', typeVersion: 1, data: { seat, piles } })),
  { type: 'scored', typeVersion: 1, data: { captured: [0, 3, 4, 2] } },
  { type: 'round_started', typeVersion: 2, data: { round: 2, redeals: 1 } },
  ...[3, 0, 4].map((piles, seat) => ({ type: 'declared', typeVersion: 1, data: { seat, piles } })),
].map((event, i) => ({ ...event, version: i + 1 }));
