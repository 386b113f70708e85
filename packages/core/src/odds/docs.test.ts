import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const page = readFileSync(new URL('../../../../docs/odds.md', import.meta.url), 'utf8');
const blocks = page.matchAll(/^```ts\n([\s\S]*?)^```\n+(?:```text\n([\s\S]*?)^```$)?/gm);
const snippets = [...blocks].map(([, code = '', output]) => ({
  title: /import \{ ([\w, ]+) \}/.exec(code)?.[1] ?? code.slice(0, 40),
  code,
  output,
}));

test('the page has a snippet for each part', () => expect(snippets.length).toBeGreaterThanOrEqual(8));

test.each(snippets)('the snippet with $title prints what the page says', ({ code, output }) => {
  const said = execFileSync(
    process.execPath,
    ['--conditions=@scorekeep/source', '--input-type=module-typescript', '--eval', code],
    { cwd: fileURLToPath(new URL('../..', import.meta.url)), encoding: 'utf8' },
  );
  expect(said).toBe(output);
});

test('the page lists every error code', () => {
  const source = readFileSync(new URL('./odds-error.ts', import.meta.url), 'utf8');
  const codes = [...source.matchAll(/\| '([A-Z_]+)'/g)].map((match) => match[1] ?? '');
  expect(codes.length).toBeGreaterThan(5);
  expect(codes.filter((code) => !page.includes(`| \`${code}\``))).toEqual([]);
});
