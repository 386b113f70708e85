import { expect, test } from 'vitest';
import { reasonInWords } from './translate.ts';

test.each([
  ['missing:home', 'no home goals'],
  ['above:away', 'away goals above 99, or not a number'],
  ['length:teams', 'not 48 teams'],
  ['above:teams', 'a team number above 48'],
  ['late', 'sent after kick-off'],
  ['below:stake', 'stake below 0'],
  ['unheard-of', 'unheard-of'],
])('says %s in words: %s', (reason, words) => {
  expect(reasonInWords(reason)).toBe(words);
});
