import { chownSync, existsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The user that the server runs as; empty means: as ourselves. */
export interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * PostgreSQL refuses to run as root. Root therefore lends it another user: the owner of an existing database, and for a
 * new one `nobody` (65534 on Linux, -2 on macOS), which exists everywhere, so that nothing on the host changes.
 */
export function serverAccount(data: string | undefined): Account {
  if (process.getuid?.() !== 0) return {};
  if (data !== undefined && existsSync(data)) {
    const { uid, gid } = statSync(data);
    if (uid !== 0) return { uid, gid };
  }
  const nobody = process.platform === 'darwin' ? -2 : 65534;
  return { uid: nobody, gid: nobody };
}

/** Gives a file or folder to the server's user. */
export function chownTo({ uid, gid }: Account, file: string): void {
  if (uid !== undefined && gid !== undefined) chownSync(file, uid, gid);
}

/** Can any user come to this program or folder and read it? A repository below a home of mode 0700 is not such a place. */
export function isPublic(file: string): boolean {
  return (statSync(file).mode & 0o005) === 0o005 && isReachable(file);
}

/** Can any user pass the folders above it? */
export function isReachable(file: string): boolean {
  const folder = path.dirname(file);
  return folder === file || ((statSync(folder).mode & 0o001) !== 0 && isReachable(folder));
}

/** The folder for temporary files; root needs one that the server's user can enter. */
export function temporaryFolder(account: Account): string {
  if (account.uid === undefined || isPublic(tmpdir())) return tmpdir();
  return ['/tmp', '/var/tmp'].find((folder) => existsSync(folder) && isPublic(folder)) ?? tmpdir();
}
