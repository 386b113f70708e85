import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { testDatabase } from './test-database.ts';

/** The README's host code, taken from the README and run as it stands. */
const folder = path.resolve('examples/world-cup/dist/readme');
const source = /```ts\n([\s\S]*?)```/.exec(readFileSync('README.md', 'utf8'))?.[1] ?? '';

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the host code of the README compiles', () => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'host.ts'), `${source}\nexport { keep, overall, points, recordResult };\n`);
  const configuration = {
    extends: path.resolve('tsconfig.base.json'),
    compilerOptions: { isolatedDeclarations: false, declaration: false },
    include: ['host.ts'],
  };
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(configuration));
  expect(source).toContain('recordResult');
  expect(execFileSync('tsc', ['--noEmit', '-p', folder], { encoding: 'utf8' })).toBe('');
});

test('the host code of the README scores predictions as results arrive, and its reads answer', async () => {
  const { url } = await testDatabase();
  const client = new pg.Client(url);
  await client.connect();
  await client.query(`
    create table match (match_id int primary key, home_goals int, away_goals int, result_revision int not null default 0);
    create table prediction (user_id text, match_id int references match, home_goals int, away_goals int, locked_at timestamptz, primary key (user_id, match_id));
    insert into match values (1), (2);
    insert into prediction values ('ann', 1, 2, 1, now()), ('bob', 1, 1, 0, now()), ('cid', 1, 0, 0, now()), ('ann', 2, 0, 0, now())`);
  await client.end();
  process.env['DATABASE_URL'] = url;
  const host = await import(path.join(folder, 'host.ts'));
  try {
    await host.keep.finished(await host.recordResult({ id: 1, home: 2, away: 1 }));
    expect(await host.keep.status(host.points)).toMatchObject({ total: 4, processed: 3, pending: 1, queueDepth: 0 });
    const top = await host.keep.top(host.overall, { limit: 100 });
    expect(top.map((entry: { subject: string; points: number }) => [entry.subject, entry.points])).toEqual([
      ['ann', 4],
      ['bob', 3],
      ['cid', 0],
    ]);
    expect(await host.keep.around(host.overall, 'bob')).toEqual(top);
    const why = await host.keep.explain(host.points, { user_id: 'bob', match_id: 1 });
    expect(why).toMatchObject({ milli: 3000, inputsChanged: false });
  } finally {
    await host.keep.stop();
  }
});
