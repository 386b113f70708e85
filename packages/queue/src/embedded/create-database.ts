import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { chownTo } from './account.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { launch, type Place } from './launch.ts';
import { PASSWORD_FILE, writePassword } from './password.ts';

/**
 * Makes the data directory with initdb beside its place and moves it there when complete, so that an interrupted start
 * leaves nothing that looks like a database. Text sorts by code point and has Unicode's upper and lower case on every
 * platform (PostgreSQL's builtin locale C.UTF-8).
 */
export async function createDatabase(place: Place, durable: boolean, leave: AbortSignal): Promise<void> {
  const fresh = mkdtempSync(path.join(place.folder, 'initdb-'));
  const password = `${fresh}.password`;
  try {
    chownTo(place.account, fresh);
    writePassword(password, place.account);
    const { code, log } = await launch(place, 'initdb', initArguments(durable, path.basename(password)), leave, {
      data: fresh,
    }).ended;
    if (leave.aborted) return;
    const stranger = /could not look up effective user ID (\d+)/.exec(log)?.[1];
    if (stranger !== undefined) {
      throw new EmbeddedPostgresError(
        'START_FAILED',
        `initdb needs a name for user id ${stranger}; add a line for it to /etc/passwd, run as another user (root will do), or set DATABASE_URL`,
        { uid: Number(stranger), log },
      );
    }
    if (code !== 0) {
      throw new EmbeddedPostgresError(
        'START_FAILED',
        `initdb could not make a database in ${place.folder} (exit code ${code}):\n${log}`,
        { directory: place.folder, log },
      );
    }
    renameSync(fresh, place.data);
    renameSync(password, path.join(place.folder, PASSWORD_FILE));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    const message = `Another start has just made a database in ${place.folder}; start again, or use another directory`;
    throw new EmbeddedPostgresError('DIRECTORY_IN_USE', message, { directory: place.folder }, { cause: error });
  } finally {
    rmSync(fresh, { recursive: true, force: true, maxRetries: 10 });
    rmSync(password, { force: true });
  }
}

const initArguments = (durable: boolean, password: string): string[] => [
  '--username=postgres',
  '--auth=scram-sha-256',
  `--pwfile=../${password}`, // from the data directory, where every program stands
  '--encoding=UTF8',
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--no-instructions',
  ...(durable ? [] : ['--no-sync', '--no-data-checksums']),
];
