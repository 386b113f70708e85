import { readFileSync } from 'node:fs';
import { COMMON } from '@scorekeep/example-host/settings';
import { describe, expect, test } from 'vitest';
import { SETTINGS } from './settings.ts';
import { GUIDE, readMapping } from './testing/guide.ts';

const { headings, rows } = readMapping(readFileSync(new URL('../OPERATIONS.md', import.meta.url), 'utf8'));

describe('the operations page', () => {
  test('has every heading of the guide, in the order of the guide, and no other', () => {
    expect(headings).toEqual(GUIDE.map(([heading]) => heading));
  });

  test.each(GUIDE)('has every command under "%s", as the guide writes it', (heading, commands) => {
    expect(rows.filter((row) => row.heading === heading).map(({ guide }) => guide)).toEqual(commands);
  });

  test('gives a reason wherever something is not applicable', () => {
    const without = rows.filter(({ here }) => /^not applicable/.test(here) && !/^not applicable: \S.{15,}/.test(here));
    expect(without).toEqual([]);
  });
});

test('the README names every variable that the host reads', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const names = [...Object.values(COMMON), ...Object.values(SETTINGS)].map(({ name }) => name);
  expect(names.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
});
