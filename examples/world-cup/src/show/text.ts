import { stripVTControlCharacters } from 'node:util';

/** `50 000`: thousands apart by a thin gap that does not break. */
export const count = (value: number): string => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, '\u00A0');

/** `84 ms`, `2.3 s`, `17 min`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  return seconds < 120 ? `${seconds.toFixed(seconds < 10 ? 2 : 1)} s` : `${count(seconds / 60)} min`;
}

/** `1 match`, `3 matches`. */
export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** Breaks a text at spaces into lines of at most `width`, each indented. */
export function wrap(text: string, width: number, indent = '  '): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/ +/)) {
    if (line !== '' && columns(indent + line) + 1 + columns(word) > width) {
      lines.push(indent + line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, indent + line];
}

/** Fills up to a width with spaces, on the right or, for numbers, on the left; longer text is cut with an ellipsis. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const fitting = columns(text) > width ? `${cut(text, width - 1)}…` : text;
  const gap = ' '.repeat(width - columns(fitting));
  return align === 'left' ? fitting + gap : gap + fitting;
}

/**
 * Columns that a text takes in a terminal: none for styles, combining marks and joiners, two for wide characters such as
 * emoji and Chinese. Terminals differ on the newest of them; one column more or less is all that can go wrong.
 */
export function columns(text: string): number {
  let width = 0;
  for (const { segment } of SEGMENTS.segment(stripVTControlCharacters(text))) {
    if (/^[\p{M}\p{Cf}]+$/u.test(segment)) continue;
    width += WIDE.test(segment) ? 2 : 1;
  }
  return width;
}

function cut(text: string, width: number): string {
  let kept = '';
  for (const { segment } of SEGMENTS.segment(text)) {
    if (columns(kept + segment) > width) break;
    kept += segment;
  }
  return kept;
}

const SEGMENTS = new Intl.Segmenter('en');
const WIDE =
  /\p{Emoji_Presentation}|\uFE0F|[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60]/u;
