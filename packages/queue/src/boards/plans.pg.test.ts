import pg from 'pg';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { connect } from '../connect.ts';
import { type Backend, projection } from '../projections/projection.ts';
import { tableLog } from '../tables/table-log.ts';
import { onDatabase } from '../testing/contest.ts';
import { score } from '../testing/score-rules.ts';
import { sentWhile } from '../testing/sent-statements.ts';
import { untilOneWaits } from '../testing/until-one-waits.ts';
import { type BoardOperator, board } from './board.ts';

interface Node {
  readonly 'Node Type': string;
  readonly Plans?: readonly Node[];
}

/** Loops that go through a whole expression again for each row of another, which no index shortens. */
const loopsOverExpressions = (node: Node): Node[] => [
  ...(node['Node Type'] === 'Nested Loop' && /^(CTE|Function) Scan$/.test(node.Plans?.[1]?.['Node Type'] ?? '')
    ? [node]
    : []),
  ...(node.Plans ?? []).flatMap(loopsOverExpressions),
];

test.each([
  ['sql', 'sum'],
  ['js', 'sum'],
  ['sql', 'average'],
  ['sql', { averageOfTop: 2 }],
  ['js', { averageOfTop: 2 }],
] as const satisfies readonly (readonly [Backend, BoardOperator])[])(
  'a slice that the planner believes to be one row took minutes for its standings: each was compared with each (%s, %s)',
  async (backend, add) => {
    const { url } = await testDatabase();
    await onDatabase(url, (client) =>
      client.query(`create table run (who uuid primary key, score int, at timestamptz not null);
        insert into run select lpad(to_hex(n), 32, '0')::uuid, n % 10, '2026-03-23' from generate_series(1, 150) n;
        analyze run`),
    );
    const keep = await connect({ url, batchSize: 5 });
    try {
      const runs = projection('runs', {
        from: tableLog('run', { key: ['who'], subject: 'who', fields: { score: 'score' } }),
        score,
        backend,
      });
      const made = board('made', { of: runs, add, at: 'at', window: { every: 'week', timeZone: 'UTC' } });
      await keep.top(made);
      const sent = await sentWhile(() => keep.run(runs, { inline: true }));
      await onDatabase(url, async (client) => {
        const version = Number((await client.query('show server_version_num')).rows[0].server_version_num);
        const about = sent.filter(({ text }) => text.includes('standing_made'));
        expect(about.length).toBeGreaterThanOrEqual(30);
        for (const { text, values } of about) {
          const plans = [await client.query(`explain (format json) ${text}`, values)];
          if (version >= 160_000) plans.push(await client.query(`explain (generic_plan, format json) ${text}`));
          for (const { rows } of plans) expect(loopsOverExpressions(rows[0]['QUERY PLAN'][0].Plan), text).toEqual([]);
        }
      });
    } finally {
      await keep.stop();
    }
  },
);

test.each([
  [
    'two slices that counted in the same row of a histogram waited for each other to write all scores',
    `insert into scorekeep.histogram (board, window_key, upper, shard, n, counts)
       select id, 'all-time', 0, shard, 0, array_fill(0, array[128]) from scorekeep.board, generate_series(0, 3) shard`,
    true,
  ],
  [
    'two runs of the same items met among the scores, each in an order of its own, instead of one waiting at the standings',
    'insert into scorekeep.standing_made (subject, scored, total) values (1, 0, 0)',
    false,
  ],
])('%s', async (_, taken, expected) => {
  const { url } = await testDatabase();
  await onDatabase(url, (client) =>
    client.query(
      'create table run (id int primary key, who int not null, score int); insert into run select n, n, 1 from generate_series(1, 1000) n',
    ),
  );
  const keep = await connect({ url });
  const other = new pg.Client(url);
  await other.connect();
  try {
    const runs = projection('runs', {
      from: tableLog('run', { key: ['id'], subject: 'who', fields: { score: 'score' } }),
      score,
    });
    await keep.top(board('made', { of: runs, add: 'sum' }));
    const written = (): Promise<boolean> =>
      onDatabase(url, async (client) => {
        const { rows } = await client.query(`select pg_relation_size('scorekeep.score_runs_v1') > 0 as written`);
        return rows[0].written;
      });
    expect(await written()).toBe(false);
    await other.query('begin');
    await other.query(taken);
    const run = keep.run(runs, { inline: true });
    await untilOneWaits(other);
    expect(await written()).toBe(expected);
    await other.query('rollback');
    await run;
  } finally {
    await other.end();
    await keep.stop();
  }
});

test.each([
  ['sum', false],
  ['best', true],
] as const)(
  'scores have an index by subject only for a board that reads them by subject (%s)',
  async (add, expected) => {
    const { url } = await testDatabase();
    await onDatabase(url, (client) =>
      client.query('create table run (id int primary key, who int not null, score int)'),
    );
    const keep = await connect({ url });
    try {
      const runs = projection('runs', {
        from: tableLog('run', { key: ['id'], subject: 'who', fields: { score: 'score' } }),
        score,
      });
      await keep.top(board('made', { of: runs, add }));
      const { rows } = await onDatabase(url, (client) =>
        client.query(`select 1 from pg_indexes where tablename = 'score_runs_v1' and indexdef like '%(who)'`),
      );
      expect(rows.length === 1).toBe(expected);
    } finally {
      await keep.stop();
    }
  },
);
