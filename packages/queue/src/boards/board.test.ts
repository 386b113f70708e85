import { kicktipp } from '@scorekeep/core/contests';
import { expect, test } from 'vitest';
import { projection } from '../projections/projection.ts';
import { tableLog } from '../tables/table-log.ts';
import { type BoardDefinition, board } from './board.ts';

const log = tableLog('tip', {
  key: ['id'],
  subject: 'id',
  fields: { home: 'h', away: 'a', resultHome: 'rh', resultAway: 'ra' },
});
const of = projection('points', { from: log, score: kicktipp });
const week = { every: 'week', timeZone: 'Europe/Berlin' } as const;

test.each([
  ['an average of the best 0', { add: { averageOfTop: 0 } }, 'averageOfTop'],
  ['an unknown operator', { add: 'median' as 'sum' }, 'median'],
  ['an unknown numbering', { rank: '1225' as '1224' }, '1225'],
  ['a tie-break that the rule set does not have', { ties: ['goals'] }, 'exactCount'],
  ['latest without a time', { add: 'latest' }, 'at is missing'],
  ['a window without a time', { window: week }, 'at is missing'],
  ['a time of a join that is not there', { at: { joined: 'began' } }, 'no join'],
  ['a zone that is none', { at: 'x', window: { every: 'day', timeZone: 'Mars/Olympus' } }, 'Mars/Olympus'],
  ['a zone with a quote', { at: 'x', window: { every: 'day', timeZone: "UTC'; drop table x" } }, 'time zone'],
  ['a week that starts on day 0', { at: 'x', window: { ...week, weekStart: 0 } }, 'weekStart'],
  ['something to do at the end of all time', { onClose: () => Promise.resolve() }, 'windows that end'],
  ['half a millisecond', { at: 'x', window: week, closeAfter: 0.5 }, 'closeAfter'],
] satisfies [string, Partial<BoardDefinition>, string][])('a board refuses %s and says what', (_, part, said) => {
  expect(() => board('overall', { of, add: 'sum', ...part })).toThrow(
    expect.objectContaining({ code: 'DEFINITION_INVALID', message: expect.stringContaining(said) }),
  );
});
