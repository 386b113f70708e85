import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { platform } from 'node:os';
import { expect, test } from 'vitest';
import { cpuSecondsOf } from './process-cpu.ts';

const burn = 'const end = process.cpuUsage().user + 100_000; while (process.cpuUsage().user < end);';

test.runIf(platform() === 'linux')(
  'counts what a process used, its children that run and those that ended',
  async () => {
    const script = `require('child_process').execFileSync(process.execPath, ['-e', ${JSON.stringify(burn)}]); ${burn} console.log('burnt'); setInterval(() => {}, 1e6)`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      await once(child.stdout, 'data');
      // Twice 0.1 s, less what is lost to ticks of 10 ms.
      expect(cpuSecondsOf(child.pid ?? 0)).toBeGreaterThan(0.15);
    } finally {
      child.kill('SIGKILL');
    }
  },
  60_000,
);

test('a process that is not there has used nothing that could be known', () => {
  const gone = Number(execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }));
  expect(cpuSecondsOf(gone)).toBeNaN();
});
