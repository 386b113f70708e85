import type { Bracket } from '../bracket.ts';
import { fifa2026Pairings } from './fifa-2026-pairings.ts';

/** The knockout stage of the FIFA World Cup 2026, matches 73 to 104, as numbered and slotted in its regulations. */
export const fifa2026Bracket: Bracket = {
  id: 'fifa-2026',
  thirds: fifa2026Pairings,
  matches: [
    ...round('Round of 32', 73, [
      ['2A', '2B'],
      ['1E', '3ABCDF'],
      ['1F', '2C'],
      ['1C', '2F'],
      ['1I', '3CDFGH'],
      ['2E', '2I'],
      ['1A', '3CEFHI'],
      ['1L', '3EHIJK'],
      ['1D', '3BEFIJ'],
      ['1G', '3AEHIJ'],
      ['2K', '2L'],
      ['1H', '2J'],
      ['1B', '3EFGIJ'],
      ['1J', '2H'],
      ['1K', '3DEIJL'],
      ['2D', '2G'],
    ]),
    ...round('Round of 16', 89, [
      ['W74', 'W77'],
      ['W73', 'W75'],
      ['W76', 'W78'],
      ['W79', 'W80'],
      ['W83', 'W84'],
      ['W81', 'W82'],
      ['W86', 'W88'],
      ['W85', 'W87'],
    ]),
    ...round('Quarter-final', 97, [
      ['W89', 'W90'],
      ['W93', 'W94'],
      ['W91', 'W92'],
      ['W95', 'W96'],
    ]),
    ...round('Semi-final', 101, [
      ['W97', 'W98'],
      ['W99', 'W100'],
    ]),
    ...round('Match for third place', 103, [['L101', 'L102']]),
    ...round('Final', 104, [['W101', 'W102']]),
  ],
};

function round(name: string, first: number, slots: readonly (readonly [home: string, away: string])[]) {
  return slots.map(([home, away], i) => ({ number: first + i, round: name, home, away }));
}
