import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runPage } from '../../../../tooling/page.ts';
import { DEFAULT_LIMITS } from './limits.ts';

const page = readFileSync('docs/events.md', 'utf8');
const source = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8');

test('the code of docs/events.md compiles and prints what the page says', { timeout: 60_000 }, () => {
  const { printed, promised } = runPage('docs/events.md', 'packages/core');
  expect(promised).not.toBe('');
  expect(printed).toBe(promised);
});

test('the page lists every error code, every reason to reject and every limit', () => {
  const codes = [...source('./events-error.ts').matchAll(/\| '([A-Z_]+)'/g)].map((match) => match[1] ?? '');
  const [rejections = ''] = /export type RejectionCode[\s\S]*?export/.exec(source('./reason.ts')) ?? [];
  const reasons = [...rejections.matchAll(/\| '([a-z-]+)'/g)].map((match) => match[1] ?? '');
  expect([codes.length, reasons.length]).toEqual([8, 16]);
  const names = [...codes, ...reasons, ...Object.keys(DEFAULT_LIMITS)];
  expect(names.filter((name) => !page.includes(`| \`${name}\``))).toEqual([]);
});
