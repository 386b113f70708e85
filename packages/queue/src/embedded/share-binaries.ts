import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import path from 'node:path';
import { type Account, isPublic } from './account.ts';
import type { Binaries } from './find-binaries.ts';

/**
 * The folder of binaries to run as `account`: the installed one where that user can read it, else a readable copy in
 * `temporary`, made once per version and kept for the next start. A folder of that name that is not ours, that others
 * can write, or that has lost a file is not touched: the server then gets a copy of its own in `own`, which goes with it.
 */
export function shareBinaries({ native, version }: Binaries, account: Account, temporary: string, own: string): string {
  if (account.uid === undefined || isPublic(path.join(native, 'bin', 'postgres'))) return native;
  const shared = path.join(temporary, `scorekeep-postgres-${process.platform}-${process.arch}-${version}`);
  if (isFaithful(shared, native)) return shared;
  const copy = mkdtempSync(`${shared}-`);
  copyReadable(native, copy);
  try {
    renameSync(copy, shared); // fails when the name is taken: by another start a moment ago, or by a stranger
  } catch {
    if (!isFaithful(shared, native)) {
      rmSync(copy, { recursive: true, force: true });
      const spare = path.join(own, 'binaries');
      copyReadable(native, spare);
      return spare;
    }
    rmSync(copy, { recursive: true, force: true });
  }
  return shared;
}

function copyReadable(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  chmodSync(to, 0o755);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const source = path.join(from, entry.name);
    const target = path.join(to, entry.name);
    if (entry.isDirectory()) copyReadable(source, target);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else {
      copyFileSync(source, target);
      chmodSync(target, (lstatSync(source).mode & 0o100) === 0 ? 0o644 : 0o755);
    }
  }
}

/** Ours, writable by nobody else, and with every file at its length: cleaners of temporary folders remove single files. */
function isFaithful(copy: string, original: string): boolean {
  const found = lstatSync(copy, { throwIfNoEntry: false });
  const wanted = lstatSync(original);
  if (found === undefined || found.uid !== process.getuid?.()) return false;
  if (wanted.isSymbolicLink()) return found.isSymbolicLink() && readlinkSync(copy) === readlinkSync(original);
  if ((found.mode & 0o022) !== 0 || found.isDirectory() !== wanted.isDirectory() || found.isSymbolicLink())
    return false;
  if (!wanted.isDirectory()) return found.size === wanted.size;
  const names = readdirSync(original);
  return (
    readdirSync(copy).length === names.length &&
    names.every((name) => isFaithful(path.join(copy, name), path.join(original, name)))
  );
}
