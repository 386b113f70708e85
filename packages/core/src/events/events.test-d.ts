import { test } from 'vitest';
import { z } from 'zod';
import { decider, eventParser, eventType, type PlausibilityCheck } from './index.ts';

const schema = z.object({ user: z.string(), score: z.number(), mode: z.string().optional() });
const played = eventType('played', { schema, subject: ({ user }) => user });
const left = eventType('left', { schema: z.object({ user: z.string() }) });

test('definitions that no event could fit do not compile', () => {
  // @ts-expect-error The data has no such field.
  eventType('played', { schema, subject: (data) => data.player });
  // @ts-expect-error A subject is a text.
  eventType('played', { schema, subject: (data) => data.score });
  // @ts-expect-error A rate is of numbers.
  const rate: PlausibilityCheck<z.infer<typeof schema>> = { rate: 'user', per: 'score', most: 1 };
  // @ts-expect-error The data has no such field.
  const never: PlausibilityCheck<z.infer<typeof schema>> = { never: { colour: 'red' } };
  // @ts-expect-error A field of another type.
  played.of({ user: 'ann', score: '12' });
  return [rate, never];
});

test('a parsed event is of the type that its name says', () => {
  const parsed = eventParser({ types: [played, left] }).parse({}, 0);
  // @ts-expect-error What was rejected is no event.
  parsed.event.value;
  if (parsed.status !== 'accepted') return;
  // @ts-expect-error Who left has no score.
  parsed.event.value.score;
  if (parsed.event.type === 'played') parsed.event.value.score.toFixed();
});

test('a decider makes events of its own types, and sees no others', () => {
  const options = { types: [played, left], initialState: { best: 0 }, evolve: (state: { best: number }) => state };
  decider('room', { ...options, decide: (_: string) => [{ type: 'left', data: { user: 'ann' } }] });
  // @ts-expect-error An event of a type that it does not list.
  decider('room', { ...options, decide: (_: string) => [{ type: 'joined', data: {} }] });
  decider('room', {
    types: [played],
    initialState: { best: 0 },
    decide: (_: string) => [],
    evolve: (state, event) => ({ best: Math.max(state.best, event.value.score) }),
  });
  decider('room', {
    types: [left],
    initialState: { best: 0 },
    decide: (_: string) => [],
    // @ts-expect-error Who left has no score.
    evolve: (_state, event) => ({ best: event.value.score }),
  });
});
