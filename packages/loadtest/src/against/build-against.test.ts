import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startPackageServer } from '../testing/package-server.ts';
import { buildAgainst } from './build-against.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'scorekeep-against-test-'));
const checkout = { folder: path.join(folder, 'checkout') };
afterAll(() => rmSync(folder, { recursive: true }));

const git = (...args: readonly string[]): string =>
  execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@localhost', ...args], {
    cwd: checkout.folder,
    encoding: 'utf8',
  }).trim();

/** Makes of a checkout what a worker can be started from. */
const BUILD =
  'mkdir -p app/node_modules/@scorekeep/queue && cp queue.json app/node_modules/@scorekeep/queue/package.json && cp which.js app/node_modules/@scorekeep/queue/index.js';

describe('a git ref', () => {
  beforeAll(() => {
    mkdirSync(checkout.folder);
    git('init', '--quiet', '--initial-branch=main');
    writeFileSync(path.join(checkout.folder, 'queue.json'), '{"name":"@scorekeep/queue","exports":"./index.js"}');
    for (const which of ['first', 'second']) {
      writeFileSync(path.join(checkout.folder, 'which.js'), `export const which = '${which}';\n`);
      git('add', '.');
      git('commit', '--quiet', '--message', which);
    }
  });
  const worktrees = (): number => git('worktree', 'list').split('\n').length;

  test('is checked out beside the checkout, built as the budgets say, and gone afterwards', async () => {
    const build = await buildAgainst('HEAD~1', { build: BUILD, root: 'app' }, checkout);
    expect(build.name).toBe(`HEAD~1 (${git('rev-parse', 'HEAD~1').slice(0, 9)})`);
    const queue = path.join(build.root, 'node_modules/@scorekeep/queue/index.js');
    expect(readFileSync(queue, 'utf8')).toContain('first');
    expect(worktrees()).toBe(2);
    await build[Symbol.asyncDispose]();
    expect([existsSync(build.root), worktrees(), git('status', '--porcelain')]).toEqual([false, 1, '']);
  });

  test.each([
    [
      'that git does not know',
      'no-such-branch',
      { build: 'true' },
      'OPTION_INVALID',
      /no-such-branch is no version .*git knows no/,
    ],
    ['that looks like an option', '--output=x', { build: 'true' }, 'OPTION_INVALID', /is no version/],
    ['that nobody said how to build', 'main', undefined, 'OPTION_INVALID', /must say how it is built/],
    ['whose build fails', 'main', { build: 'echo broken >&2; exit 3' }, 'RUN_FAILED', /sh -c .* failed: broken/],
    ['whose build makes nothing', 'main', { build: 'true' }, 'OPTION_INVALID', /@scorekeep\/queue is not found/],
  ])('%s is refused, and leaves nothing behind', async (_, reference, config, code, message) => {
    const refused = { code, message: expect.stringMatching(message) };
    await expect(buildAgainst(reference, config, checkout)).rejects.toMatchObject(refused);
    expect(worktrees()).toBe(1);
  });
});

describe('a version on npm', () => {
  const known = ['@scorekeep/core', '@scorekeep/queue'].map((name) => ({ name, version: '1.2.3' }));

  test('is installed, and one that npm has not is refused by its name', async () => {
    await using packages = await startPackageServer(path.join(folder, 'packages'), known);
    vi.stubEnv('npm_config_@scorekeep:registry', packages.url);
    try {
      for (const reference of ['1.2.3', 'latest']) {
        await using build = await buildAgainst(reference, undefined, checkout);
        expect(build.name).toBe(`npm ${reference}`);
        const queue = path.join(build.root, 'node_modules/@scorekeep/queue/package.json');
        expect(JSON.parse(readFileSync(queue, 'utf8')).version).toBe('1.2.3');
      }
      await expect(buildAgainst('9.9.9', undefined, checkout)).rejects.toMatchObject({
        code: 'OPTION_INVALID',
        message: expect.stringMatching(
          /npm has no @scorekeep\/core and @scorekeep\/queue of version 9\.9\.9 \(ETARGET\)/,
        ),
      });
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test('of packages that npm does not know at all is refused too', async () => {
    await using packages = await startPackageServer(path.join(folder, 'none'), []);
    vi.stubEnv('npm_config_@scorekeep:registry', packages.url);
    try {
      const refused = { code: 'OPTION_INVALID', message: expect.stringContaining('(E404)') };
      await expect(buildAgainst('1.2.3', undefined, checkout)).rejects.toMatchObject(refused);
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

describe('a folder', () => {
  test('is taken as it lies, if a worker can be started from it', async () => {
    const refused = { code: 'OPTION_INVALID', message: expect.stringMatching(/is compared with as it lies/) };
    await expect(buildAgainst('./nowhere', undefined, checkout)).rejects.toMatchObject(refused);
    await expect(buildAgainst(folder, undefined, checkout)).rejects.toMatchObject(refused);
    const own = path.resolve(import.meta.dirname, '../..');
    expect((await buildAgainst(own, undefined, checkout)).root).toBe(own);
  });
});
