import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AgainstConfig } from '../budgets/budgets.ts';
import { LoadtestError } from '../loadtest-error.ts';

/** A build to compare with. */
export interface AgainstBuild extends Disposable {
  /** Folder that its `@scorekeep/queue` is found from. */
  readonly root: string;
  /** What it is, for the report. */
  readonly name: string;
}

/**
 * Gets the build that is compared with: a folder where it lies ready; a version on npm, such as `1.2.3` or `latest`, which is
 * installed; or a git ref, which is checked out beside this checkout and built by the command in the budgets file.
 *
 * @throws LoadtestError `OPTION_INVALID` for what is none of them, or a ref without a build command; `RUN_FAILED` when the
 * build fails
 */
export function buildAgainst(reference: string, config: AgainstConfig | undefined): AgainstBuild {
  if (/^[./]/.test(reference) && existsSync(reference)) {
    return { root: path.resolve(reference), name: reference, [Symbol.dispose]: () => undefined };
  }
  return /^(\d+\.\d+\.\d+[\w.-]*|latest|next)$/.test(reference) ? installed(reference) : checkedOut(reference, config);
}

function installed(version: string): AgainstBuild {
  const folder = mkdtempSync(path.join(tmpdir(), 'scorekeep-against-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const dependencies = { '@scorekeep/core': version, '@scorekeep/queue': version };
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
  try {
    command('npm', ['install', '--no-audit', '--no-fund'], folder);
  } catch (error) {
    remove();
    throw error;
  }
  return { root: folder, name: `npm ${version}`, [Symbol.dispose]: remove };
}

function checkedOut(reference: string, config: AgainstConfig | undefined): AgainstBuild {
  const commit = commitOf(reference);
  if (config === undefined) {
    const message = `To compare with ${reference} the budgets file must say how it is built: "against": { "build": "npm ci && npm run build" }`;
    throw new LoadtestError('OPTION_INVALID', message, { reference });
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'scorekeep-against-'));
  const tree = path.join(folder, 'tree');
  const remove = (): void => {
    execFileSync('git', ['worktree', 'remove', '--force', tree], { stdio: 'ignore' });
    rmSync(folder, { recursive: true, force: true });
  };
  command('git', ['worktree', 'add', '--detach', tree, commit], process.cwd());
  try {
    command('sh', ['-c', config.build], tree);
  } catch (error) {
    remove();
    throw error;
  }
  const root = path.join(tree, config.root ?? '.');
  return { root, name: `${reference} (${commit.slice(0, 9)})`, [Symbol.dispose]: remove };
}

function commitOf(reference: string): string {
  try {
    const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${reference}^{commit}`];
    return execFileSync('git', args, { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch (cause) {
    const message = `--against ${reference} is no version such as 1.2.3, no folder such as ./base, and git knows no such commit here (a shallow clone has one only)`;
    throw new LoadtestError('OPTION_INVALID', message, { reference }, { cause });
  }
}

function command(file: string, args: readonly string[], cwd: string): void {
  try {
    execFileSync(file, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8', maxBuffer: 64 * 2 ** 20 });
  } catch (cause) {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim().split('\n').slice(-5) : [];
    const message = `${[file, ...args].join(' ')} failed: ${said.join(' / ')}`;
    throw new LoadtestError('RUN_FAILED', message, { command: file }, { cause });
  }
}
