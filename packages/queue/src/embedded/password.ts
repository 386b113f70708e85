import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Account, chownTo } from './account.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { launch, type Place } from './launch.ts';

/** Name of the file that keeps the superuser's password, mode 0600, beside the data. */
export const PASSWORD_FILE = 'password';

/** Makes a random password and writes it where only the server's user and root can read it. */
export function writePassword(file: string, account: Account): string {
  const password = randomBytes(24).toString('hex');
  writeFileSync(file, password, { mode: 0o600, flag: 'wx' });
  chownTo(account, file);
  return password;
}

/** The password of the superuser; where its file is lost, a new one is set through the server's single-user mode. */
export async function readPassword(place: Place, leave: AbortSignal): Promise<string> {
  const file = path.join(place.folder, PASSWORD_FILE);
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  const fresh = `${file}.new`;
  rmSync(fresh, { force: true });
  const password = writePassword(fresh, place.account);
  const statement = `alter role postgres password '${password}';\n`;
  const { code, log } = await launch(place, 'postgres', ['--single', 'postgres'], leave, { input: statement }).ended;
  if (code !== 0 || /\b(ERROR|FATAL):/.test(log)) {
    throw new EmbeddedPostgresError(
      'START_FAILED',
      `The lost file ${file} could not be replaced by a new password:\n${log}`,
      { file, log },
    );
  }
  renameSync(fresh, file);
  return password;
}
