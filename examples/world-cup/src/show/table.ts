import type { Screen } from './screen.ts';
import { columns, pad } from './text.ts';

/** A column's heading, and whether it holds numbers. */
export interface Heading {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** A table without rules: a dim heading, columns as wide as they need to be, two spaces between them. */
export function table(screen: Screen, headings: readonly Heading[], rows: readonly (readonly string[])[]): string[] {
  const widths = headings.map(({ title }, i) => Math.max(columns(title), ...rows.map((row) => columns(row[i] ?? ''))));
  const line = (cells: readonly string[]): string =>
    `  ${cells.map((cell, i) => pad(cell, widths[i] ?? 0, headings[i]?.align)).join('  ')}`.trimEnd();
  return [screen.style('dim', line(headings.map(({ title }) => title))), ...rows.map(line)];
}
