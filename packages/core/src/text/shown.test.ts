import { expect, test } from 'vitest';
import { BoardError, type BoardFact, foldBoard } from '../boards/index.ts';
import { EventsError, parseHistory } from '../events/index.ts';
import { findOpportunities, parseOdds, type Quote } from '../odds/index.ts';
import { checkScoreline, type Scoreline } from '../tournaments/scoreline.ts';
import { TournamentError } from '../tournaments/tournament-error.ts';
import { shown } from './shown.ts';

const deep: unknown = JSON.parse('['.repeat(5000) + ']'.repeat(5000));

test.each([
  ['nothing', undefined],
  ['null', null],
  ['2.5', 2.5],
  ['5n', 5n],
  ['true', true],
  ['"a \\"b\\""', 'a "b"'],
  [`"${'x'.repeat(57)}..."`, 'x'.repeat(61)],
  ['an array of 1', deep],
  ['an object', { deep }],
])('shows %s', (text, value) => {
  expect(shown(value)).toBe(text);
});

// What JSON.stringify and String overflow on, what String cannot turn into a text, and what JSON does not have.
test.each([
  ['nested deep', deep],
  ['an object whose toString is no function', JSON.parse('{"toString": 1, "valueOf": 1}')],
  ['a bigint', 5n],
])('%s in place of a text or number is refused as other mistakes are', (_, bad) => {
  const now = 1;
  const quote = { market: 'm', outcome: 'home', book: 'b', odds: 2, at: now };
  const quotes = (['market', 'outcome', 'book', 'odds', 'at'] as const).map(
    (key) => ({ ...quote, [key]: bad }) as Quote,
  );
  const { rejected } = findOpportunities(quotes, { now, anchors: ['b'] });
  expect(rejected.map(({ index, reason }) => [index, reason])).toEqual(quotes.map((_, i) => [i, 'invalid']));

  const fact = { subject: 'ada', id: '1', at: 1, values: { score: 1 } };
  for (const wrong of [{ subject: bad }, { id: bad }, { revision: bad }, { at: bad }, { values: { score: bad } }]) {
    const facts = [{ ...fact, ...wrong } as BoardFact];
    expect(() => foldBoard({ add: 'sum', columns: [{ id: 'score' }] }, facts)).toThrow(BoardError);
  }
  expect(() => checkScoreline([bad, 0] as unknown as Scoreline, 'matches[0]')).toThrow(TournamentError);
  expect(() => parseHistory({ decider: 'd', stream: 's', events: [], states: [{ version: 1, hash: bad }] })).toThrow(
    EventsError,
  );
});

test('parseOdds does not throw for JSON that has no text', () => {
  for (const bad of [deep, JSON.parse('{"toString": 1, "valueOf": 1}')]) {
    const parsed = parseOdds(bad as string, 'decimal');
    expect(parsed.ok ? '' : parsed.error.code).toBe('ODDS_MALFORMED');
  }
});
