import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AgainstConfig } from '../budgets/budgets.ts';
import { LoadtestError } from '../loadtest-error.ts';
import { type Command, command } from './command.ts';

/** A build to compare with. */
export interface AgainstBuild extends AsyncDisposable {
  /** Folder that its `@scorekeep/queue` is found from. */
  readonly root: string;
  /** What it is, for the report. */
  readonly name: string;
}

/** Where the budgets file lies: a git ref is one of that checkout. */
interface Checkout {
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Gets the build that is compared with: a folder where it lies ready; a version on npm, such as `1.2.3` or `latest`, which is
 * installed; or a git ref, which is checked out beside this checkout and built by the command in the budgets file.
 *
 * @throws LoadtestError `OPTION_INVALID` for what is none of them, a version that npm has not, a ref without a build command, or
 * a folder that is not built; `RUN_FAILED` when it cannot be installed, or built
 */
export function buildAgainst(
  reference: string,
  config: AgainstConfig | undefined,
  checkout: Checkout,
): Promise<AgainstBuild> {
  if (/^[./]/.test(reference)) return lying(reference);
  return /^(\d+\.\d+\.\d+[\w.-]*|latest|next)$/.test(reference)
    ? installed(reference, checkout)
    : checkedOut(reference, config, checkout);
}

const lying = async (folder: string): Promise<AgainstBuild> => ({
  root: complete(path.resolve(folder), folder),
  name: folder,
  [Symbol.asyncDispose]: async () => undefined,
});

/**
 * The folder, once it is sure that a worker finds in it what it is to run. It is looked for by hand: Node would go on to NODE_PATH,
 * which pnpm sets, and a build would be compared with itself.
 */
function complete(root: string, reference: string): string {
  for (let at = root; ; at = path.dirname(at)) {
    if (existsSync(path.join(at, 'node_modules', '@scorekeep', 'queue', 'package.json'))) return root;
    if (at !== path.dirname(at)) continue;
    const message = `--against ${reference}: @scorekeep/queue is not found from ${root}. A folder is compared with as it lies, so install or build it first; of a git ref "against" in the budgets file says how, and by "root" from where`;
    throw new LoadtestError('OPTION_INVALID', message, { reference, root });
  }
}

async function installed(version: string, { signal }: Checkout): Promise<AgainstBuild> {
  const folder = await mkdtemp(path.join(tmpdir(), 'scorekeep-against-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const dependencies = { '@scorekeep/core': version, '@scorekeep/queue': version };
    await writeFile(path.join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
    const install = { file: 'npm', args: ['install', '--no-audit', '--no-fund'], folder, signal };
    await command(install, (said) => notOnNpm(version, said));
    return { root: folder, name: `npm ${version}`, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** npm's own codes for a package, or a version of it, that the registry does not have. */
function notOnNpm(version: string, said: string): LoadtestError | undefined {
  const [, code] = /npm error code (E404|ETARGET)/.exec(said) ?? [];
  if (code === undefined) return undefined;
  const message = `npm has no @scorekeep/core and @scorekeep/queue of version ${version} (${code}): npm view @scorekeep/queue versions has them all`;
  return new LoadtestError('OPTION_INVALID', message, { version, code });
}

async function checkedOut(
  reference: string,
  config: AgainstConfig | undefined,
  { folder: own, signal }: Checkout,
): Promise<AgainstBuild> {
  const git = (...args: readonly string[]): Command => ({ file: 'git', args, folder: own, signal });
  const verify = git('rev-parse', '--verify', '--quiet', '--end-of-options', `${reference}^{commit}`);
  const commit = (await command(verify, () => unknown(reference))).trim();
  if (config === undefined) {
    const message = `To compare with ${reference} the budgets file must say how it is built: "against": { "build": "npm ci && npm run build" }`;
    throw new LoadtestError('OPTION_INVALID', message, { reference });
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'scorekeep-against-'));
  const tree = path.join(folder, 'tree');
  const remove = async (): Promise<void> => {
    await command({ ...git('worktree', 'remove', '--force', tree), signal: undefined }).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await command(git('worktree', 'add', '--detach', tree, commit));
    await command({ file: 'sh', args: ['-c', config.build], folder: tree, signal });
    const root = complete(path.join(tree, config.root ?? '.'), reference);
    return { root, name: `${reference} (${commit.slice(0, 9)})`, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

const unknown = (reference: string): LoadtestError =>
  new LoadtestError(
    'OPTION_INVALID',
    `--against ${reference} is no version such as 1.2.3, no folder such as ./base, and git knows no such commit here (a shallow clone has one only)`,
    { reference },
  );
