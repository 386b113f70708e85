import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(path.join(tmpdir(), 'ops-logs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('`ops … logs | head` ends quietly when head has had enough, and not with the stack of an EPIPE', async () => {
  mkdirSync(path.join(folder, 'world-cup'));
  // More than a pipe holds.
  writeFileSync(path.join(folder, 'world-cup/app.log'), `${'a line of a log\n'.repeat(50_000)}`);
  const ops = fileURLToPath(new URL('./ops.ts', import.meta.url));
  const line = `"$NODE" --conditions=@scorekeep/source "$OPS" world-cup logs app --lines 50000 | head -n 2`;
  const { stdout, stderr } = await promisify(execFile)('bash', ['--norc', '-euo', 'pipefail', '-c', line], {
    env: { PATH: process.env['PATH'], NODE: process.execPath, OPS: ops, OPS_DIRECTORY: folder },
  });
  expect(stdout).toBe('app      | a line of a log\n'.repeat(2));
  expect(stderr).toBe('');
});
