import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { progressBar } from './progress.ts';
import { type Screen, screenOn } from './screen.ts';
import { table } from './table.ts';
import { columns } from './text.ts';

/** A screen on a stream that remembers, with a clock to turn. */
function screen(isTTY: boolean, width?: number): { screen: Screen; written: () => string; clock: { now: number } } {
  let written = '';
  const clock = { now: 0 };
  const stream = new Writable({
    write(chunk, _, done) {
      written += String(chunk);
      done();
    },
  });
  const terminal = Object.assign(stream, { isTTY, columns: width });
  return { screen: screenOn(terminal, () => clock.now), written: () => written, clock };
}

test('on a terminal the next line replaces a live one', () => {
  const { screen: on, written } = screen(true, 80);
  on.live('one');
  on.live('two');
  on.line('three');
  expect(written()).toBe('one\r\u001B[2Ktwo\r\u001B[2Kthree\n');
});

test('elsewhere a live line shows only when nothing was written for five seconds, and moves no cursor', () => {
  const { screen: on, written, clock } = screen(false);
  on.line('first');
  on.live('too soon');
  clock.now = 5_000;
  on.live('a sign of life');
  clock.now = 9_999;
  on.live('too soon');
  expect(written()).toBe('first\na sign of life\n');
});

test('writes in 80 columns where the width is unknown, and in 60 to 100 of those there are', () => {
  expect([undefined, 20, 90, 300].map((width) => screen(true, width).screen.width)).toEqual([80, 60, 90, 100]);
});

test('a progress bar fits the screen, whatever it counts', () => {
  for (const width of [60, 80, 100]) {
    for (const [done, total] of [
      [0, 1],
      [1, 3],
      [5_000_000, 10_000_000],
      [7, 7],
      [9, 7],
      [0, 0],
    ] as const) {
      const { screen: on } = screen(false, width);
      expect(columns(progressBar(on, done, total, 'predictions copied in'))).toBeLessThanOrEqual(width);
    }
  }
  expect(progressBar(screen(false).screen, 25_000, 50_000).trim()).toBe(
    `${'━'.repeat(15)}${'─'.repeat(15)}   50 %  25\u00A0000 of 50\u00A0000`,
  );
});

test('a table sets numbers to the right and ends no line in spaces', () => {
  const { screen: on } = screen(false);
  const lines = table(
    on,
    [{ title: 'rank', align: 'right' }, { title: 'entrant' }],
    [
      ['1', 'Zoë'],
      ['10', 'Bartholomew'],
    ],
  );
  expect(lines).toEqual(['  rank  entrant', '     1  Zoë', '    10  Bartholomew']);
});
