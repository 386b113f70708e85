import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { EMBEDDED_ERROR_CODES } from './index.ts';

const page = readFileSync(new URL('../../../../docs/embedded-postgres.md', import.meta.url), 'utf8').replace(
  / +\|/g,
  ' |',
);
const snippets = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '');

test.each([
  [0, "[ { state: 'ready' } ]\n"],
  [1, 'true\n'],
])('snippet %i of the page runs as printed', (index, output) => {
  const { DATABASE_URL: _, ...env } = process.env;
  const said = execFileSync(
    process.execPath,
    ['--conditions=@scorekeep/source', '--input-type=module-typescript', '--eval', snippets[index] ?? ''],
    { cwd: fileURLToPath(new URL('../..', import.meta.url)), env, encoding: 'utf8' },
  );
  expect(said).toBe(output);
});

test('the page lists every error code in its words', () => {
  for (const [code, situation] of Object.entries(EMBEDDED_ERROR_CODES))
    expect(page).toContain(`| \`${code}\` | ${situation} |`);
});
