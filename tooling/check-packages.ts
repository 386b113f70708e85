/** Packs every public package and checks the tarball as an importer would meet it: publint for the manifest, attw for the types. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const folder = mkdtempSync(path.join(tmpdir(), 'scorekeep-packages-'));
try {
  for (const name of readdirSync('packages')) {
    const directory = path.join('packages', name);
    const manifest = JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8')) as { private?: boolean };
    if (manifest.private === true) continue;
    const run = (command: string, ...args: string[]): void => {
      execFileSync(command, args, { cwd: directory, stdio: 'inherit' });
    };
    console.log(`${name}: publint`);
    run('publint', '--strict');
    run('pnpm', 'pack', '--pack-destination', folder);
    const tarball = readdirSync(folder).find((file) => file.includes(`-${name}-`)) ?? '';
    console.log(`${name}: attw ${tarball}`);
    run('attw', path.join(folder, tarball), '--profile', 'esm-only');
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
