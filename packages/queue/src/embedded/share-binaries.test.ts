import { chmodSync, chownSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { shareBinaries } from './share-binaries.ts';
import { place } from './testing/place.ts';

const version = '18.0.0-test';
const nobody = { uid: 65_534, gid: 65_534 };

/** Binaries that only their owner can read, as in a repository below a closed home. */
function closed(): { native: string; temporary: string; own: string; shared: string } {
  const native = path.join(place(0o700), 'native');
  mkdirSync(path.join(native, 'bin'), { recursive: true });
  mkdirSync(path.join(native, 'lib'));
  writeFileSync(path.join(native, 'bin', 'postgres'), 'program', { mode: 0o700 });
  writeFileSync(path.join(native, 'lib', 'libpq.so.5'), 'library', { mode: 0o600 });
  symlinkSync('libpq.so.5', path.join(native, 'lib', 'libpq.so'));
  const temporary = place();
  return {
    native,
    temporary,
    own: place(),
    shared: path.join(temporary, `scorekeep-postgres-${process.platform}-${process.arch}-${version}`),
  };
}

describe('shareBinaries', () => {
  test('runs the installed binaries as ourselves', () => {
    const { native, temporary, own } = closed();
    expect(shareBinaries({ native, version }, {}, temporary, own)).toBe(native);
  });

  test('copies closed binaries once, readable by all and writable by none but us', () => {
    const { native, temporary, own, shared } = closed();
    expect(shareBinaries({ native, version }, nobody, temporary, own)).toBe(shared);
    const { ino } = statSync(path.join(shared, 'bin', 'postgres'));
    expect(statSync(shared).mode & 0o777).toBe(0o755);
    expect(statSync(path.join(shared, 'bin', 'postgres')).mode & 0o777).toBe(0o755);
    expect(statSync(path.join(shared, 'lib', 'libpq.so')).mode & 0o777).toBe(0o644);
    expect(shareBinaries({ native, version }, nobody, temporary, own)).toBe(shared);
    expect(statSync(path.join(shared, 'bin', 'postgres')).ino).toBe(ino);
  });

  test.skipIf(process.getuid?.() !== 0 /* only root shares binaries */).each([
    ['belongs to another user', (shared: string) => chownSync(shared, 65_534, 65_534)],
    ['can be written by others', (shared: string) => chmodSync(shared, 0o777)],
    [
      'holds a program that others can write',
      (shared: string) => chmodSync(path.join(shared, 'bin', 'postgres'), 0o777),
    ],
    [
      'holds a program of another size',
      (shared: string) => writeFileSync(path.join(shared, 'bin', 'postgres'), 'malicious'),
    ],
    ['holds one file more', (shared: string) => writeFileSync(path.join(shared, 'lib', 'evil.so'), '')],
    ['has lost a file', (shared: string) => rmSync(path.join(shared, 'lib', 'libpq.so.5'))],
    [
      'is a link',
      (shared: string) => {
        rmSync(shared, { recursive: true });
        symlinkSync(place(), shared);
      },
    ],
  ])('keeps away from a folder of that name that %s', (_, spoil) => {
    const { native, temporary, own, shared } = closed();
    shareBinaries({ native, version }, nobody, temporary, own);
    spoil(shared);
    const binaries = shareBinaries({ native, version }, nobody, temporary, own);
    expect(binaries).toBe(path.join(own, 'binaries'));
    expect(statSync(path.join(binaries, 'bin', 'postgres')).mode & 0o777).toBe(0o755);
  });
});
