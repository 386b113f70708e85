import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** Each command is a process of its own, on a machine that may have much else to do. */
const SPAWNS_MS = 60_000;

test(
  'a probe ends with 0 when the file says so, with 1 when it does not or is not there',
  async () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'scorekeep-cli-')), 'health.json');
    expect((await cli('probe', file)).code).toBe(1);
    writeFileSync(file, JSON.stringify({ live: true, ready: false, started: true, at: Date.now() }));
    expect(await cli('probe', file)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect((await cli('probe', file, 'ready')).code).toBe(1);
  },
  SPAWNS_MS,
);

test(
  'rules and dashboard are printed for the dialect, and anything else is answered with the usage',
  async () => {
    expect((await cli('rules', 'otlp', 'relaxed')).stdout).toMatch(
      /^groups:\n {2}- name: "scorekeep-queues"\n[\s\S]*_seconds/,
    );
    expect(JSON.parse((await cli('dashboard')).stdout)).toMatchObject({ title: 'Scorekeep' });
    for (const wrong of [['rules', 'both'], ['probe'], ['probe', 'file', 'well'], []]) {
      const { code, stdout, stderr } = await cli(...wrong);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain('Usage:');
    }
  },
  SPAWNS_MS,
);

function cli(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const script = fileURLToPath(new URL('cli.ts', import.meta.url));
  const env = { ...process.env, NODE_OPTIONS: '' };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--conditions=@scorekeep/source', script, ...args],
      { env },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
  });
}
