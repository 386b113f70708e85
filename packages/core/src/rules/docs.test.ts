import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { OPERATOR_NAMES } from './check-expression.ts';

const page = readFileSync(new URL('../../../../docs/rules.md', import.meta.url), 'utf8');
const blocks = page.matchAll(/^```ts\n([\s\S]*?)^```\n+(?:```text\n([\s\S]*?)^```$)?/gm);
const snippets = [...blocks].map(([, code = '', output], i) => ({ number: i + 1, code, output }));

test('the page has snippets', () => expect(snippets.length).toBeGreaterThanOrEqual(5));

test.each(snippets)('snippet $number prints what the page says', ({ code, output }) => {
  const said = execFileSync(
    process.execPath,
    ['--conditions=@scorekeep/source', '--input-type=module-typescript', '--eval', code],
    { cwd: fileURLToPath(new URL('../..', import.meta.url)), encoding: 'utf8' },
  );
  expect(said).toBe(output);
});

test('the page lists every error code and every operator', () => {
  const source = readFileSync(new URL('./rule-set-error.ts', import.meta.url), 'utf8');
  const codes = [...source.matchAll(/\| '([A-Z_]+)'/g)].map((match) => match[1] ?? '');
  expect(codes.length).toBeGreaterThan(10);
  expect(codes.filter((code) => !page.includes(`| \`${code}\``))).toEqual([]);
  expect(OPERATOR_NAMES.filter((name) => !new RegExp(`\`(\\[")?${name}\\b`).test(page))).toEqual([]);
});
