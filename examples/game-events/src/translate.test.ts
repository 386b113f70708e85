import { idTime } from '@scorekeep/core/events';
import { expect, test } from 'vitest';
import { ordinal, toAnswer, toLogEvents } from './translate.ts';

const NOW = Date.UTC(2026, 5, 11, 19);

test('an event is an envelope, and what is left is its data', () => {
  const event = { event_id: 'e', event_type: 'x', user_id: 'ann', timestamp: 't', event_version: 2, score: 1 };
  const expected = { id: 'e', source: 'ann', type: 'x', subject: 'ann', time: 't', dataversion: 2, data: { score: 1 } };
  for (const body of [event, [event], { events: [event] }])
    expect(toLogEvents(body, undefined, NOW)).toEqual([expected]);
});

test('an event without an id gets one of the idempotency key and its place', () => {
  expect(toLogEvents([{}, { event_id: 'own' }, {}], 'k', NOW)).toMatchObject([
    { id: 'k/0' },
    { id: 'own' },
    { id: 'k/2' },
  ]);
});

test('an id that is a UUID is the event of the whole log, any other one is of its player', () => {
  const of = (event_id: unknown, user_id: unknown = 'ann') => toLogEvents({ event_id, user_id }, undefined, NOW);
  for (const id of ['1', 7, 'ann/1', '01JXFZ0000ABCDEFGHJKMNPQRS'])
    expect(of(id)).toMatchObject([{ id, source: 'ann' }]);
  for (const id of ['0197601c-4a00-7abc-8def-0123456789ab', '0197601C-4A00-4ABC-8DEF-0123456789AB', undefined])
    expect(of(id)).toMatchObject([{ source: undefined }]);
  expect(toLogEvents({ user_id: 'ann' }, 'k', NOW)).toMatchObject([{ id: 'k/0', source: 'ann' }]);
  expect(of('1', 7), 'no player').toMatchObject([{ source: undefined, subject: 7 }]);
});

test('without a key it gets one of its own that carries its time, so that the log may forget it', () => {
  const [one, two] = toLogEvents([{}, {}], undefined, NOW) as { id: string }[];
  expect(one?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(idTime(one?.id ?? '')).toBe(NOW);
  expect(two?.id).not.toBe(one?.id);
});

test.each([[7], ['text'], [null], [[[1]]]])('%j is handed on, to be rejected where events are judged', (body) => {
  expect(toLogEvents(body, undefined, NOW)).toEqual(Array.isArray(body) ? body : [body]);
});

test('an answer is 200 when anything is kept, 400 when nothing is, and 200 when nothing was sent', () => {
  const rejected = {
    status: 'rejected',
    id: undefined,
    reason: { code: 'missing', path: 'type', message: 'An event must have a type.' },
  } as const;
  expect(toAnswer([rejected, { status: 'duplicate', id: 'a' }], NOW)).toMatchObject({
    status: 200,
    body: {
      success: true,
      count: 2,
      duplicates: 1,
      rejected: 1,
      events: [
        { code: 'missing', path: 'event_type' },
        { event_id: 'a', status: 'duplicate' },
      ],
    },
  });
  expect(toAnswer([rejected], NOW)).toMatchObject({ status: 400, body: { success: false } });
  expect(toAnswer([], NOW)).toMatchObject({ status: 200, body: { count: 0 } });
});

test.each(['conflict', 'late'] as const)('what is refused as %s is told why, and where', (status) => {
  const { body } = toAnswer([{ status, id: 'a' }], NOW);
  expect(body).toMatchObject({
    rejected: 1,
    events: [{ event_id: 'a', status, code: status, path: 'event_id', message: expect.stringMatching(/not kept\.$/) }],
  });
});

test('ranks are written as people say them', () => {
  expect([1, 2, 3, 4, 11, 12, 13, 21, 50, 111].map(ordinal)).toEqual([
    '1st',
    '2nd',
    '3rd',
    '4th',
    '11th',
    '12th',
    '13th',
    '21st',
    '50th',
    '111th',
  ]);
});
