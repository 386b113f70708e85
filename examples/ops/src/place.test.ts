import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { takePlace } from './place.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'ops-place-'));
process.env['OPS_DIRECTORY'] = folder;
const children: ChildProcess[] = [];

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Another process, which takes these places, says which it has, and stays. */
async function another(hosts: readonly string[]): Promise<{ has: readonly string[]; child: ChildProcess }> {
  const script = `
    import { takePlace } from ${JSON.stringify(new URL('./place.ts', import.meta.url).href)};
    globalThis.places = ${JSON.stringify(hosts)}.map((host) => ({ host, place: takePlace(host) }));
    console.log(JSON.stringify(places.flatMap(({ host, place }) => (place === undefined ? [] : [host]))));
    setInterval(() => undefined, 60_000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [said] = await once(child.stdout, 'data');
  return { has: JSON.parse(String(said)) as string[], child };
}

test('of processes that want a place at once, exactly one has it', async () => {
  const hosts = Array.from({ length: 4 }, (_, i) => `at-once-${i}`);
  const all = await Promise.all(Array.from({ length: 3 }, () => another(hosts)));
  expect(all.flatMap(({ has }) => has).sort()).toEqual(hosts);
  expect(takePlace('at-once-0')).toBeUndefined();
});

test('the place of a process that was killed is free, and so is one that was left', async () => {
  const { has, child } = await another(['killed']);
  expect(has).toEqual(['killed']);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const mine = takePlace('killed');
  expect(mine).toBeDefined();
  mine?.leave();
  expect((await another(['killed'])).has).toEqual(['killed']);
});

test('`up` while another command starts the same host begins nothing, and says so with code 1', async () => {
  const mine = takePlace('world-cup');
  const ops = fileURLToPath(new URL('./ops.ts', import.meta.url));
  const up = promisify(execFile)(process.execPath, ['--conditions=@scorekeep/source', ops, 'world-cup', 'up']);
  const told = 'world-cup is already going up: another command starts it.\n';
  await expect(up).rejects.toMatchObject({ code: 1, stdout: '', stderr: told });
  expect(readdirSync(path.join(folder, 'world-cup')).sort()).toEqual(['supervisor.lock', 'supervisor.log']);
  mine?.leave();
});
