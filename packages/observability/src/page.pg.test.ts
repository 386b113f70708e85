import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runPage } from '../../../tooling/page.ts';
import { testDatabase } from '../../../tooling/test-database.ts';
import { EVENTS, METRICS } from './catalogue.ts';

test('the program of docs/observability.md compiles and prints what the page says', async () => {
  const { url } = await testDatabase();
  process.env['DATABASE_URL'] = url;
  const { printed, promised } = runPage('docs/observability.md', 'examples/world-cup');
  expect(promised).not.toBe('');
  expect(printed).toBe(promised);
});

test('the page lists every metric and event as the catalogue has them', () => {
  const page = readFileSync('docs/observability.md', 'utf8').replace(/ +/g, ' ');
  for (const [name, { kind, unit, description }] of Object.entries(METRICS)) {
    expect(page).toContain(`| \`${name}\` | ${kind} | \`${unit}\` | ${description} |`);
  }
  for (const [name, { level }] of Object.entries(EVENTS))
    expect(page).toMatch(new RegExp(`\\| \`${name}\` \\| ${level}[ ;]`));
});
