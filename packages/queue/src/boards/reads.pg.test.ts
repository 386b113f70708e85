import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { connect } from '../connect.ts';
import type { Keep } from '../keep.ts';
import type { Row, Sql } from '../postgres/sql.ts';
import { standingOf } from '../projections/register.ts';
import { onDatabase } from '../testing/contest.ts';
import type { Board } from './board.ts';
import { type Reading, readAround, readSubjects, readTop } from './read-board.ts';
import { arcade, createArcade } from './testing/arcade.ts';
import { recount, wrongBuckets } from './testing/recount.ts';

/** Enough for a histogram of many buckets, and with so few different scores that some buckets are all equals. */
const PLAYERS = 12_000;
const { runs, boards } = arcade();
const named = (name: string): Board => {
  const board = boards.find((one) => one.name === name);
  if (board === undefined) throw new Error(`no board ${name}`);
  return board;
};
const [total, weekly, latest] = [named('total'), named('weekly'), named('latest')];

let url = '';
let keep: Keep;
beforeAll(async () => {
  url = (await testDatabase()).url;
  await createArcade(url, { players: PLAYERS, runs: 3, rounds: 12 });
  // Scores spread far apart for most, so that buckets are cut by quantiles, and near for the rest.
  await onDatabase(url, (client) =>
    client.query(
      `update play set score = ('x' || substr(md5(player::text || run), 1, 5))::bit(20)::int % 9999 where player > 'a0000000-0000-0000-0000-000000000000'`,
    ),
  );
  keep = await connect({ url, poolSize: 6 });
  for (const board of [total, weekly, latest]) await keep.top(board);
  await keep.start({ projections: [runs] });
  await keep.finished(await keep.run(runs));
}, 120_000);
afterAll(() => keep.stop());

describe.each([
  ['total', 'all-time'],
  ['weekly', '2026-03-23'],
  ['latest', 'all-time'],
])('the board %s in the window %s', (name, window) => {
  const board = named(name);

  test('has cut its buckets by itself, none with more than twice 500 that are not equals', async () => {
    const cut = () =>
      onDatabase(
        url,
        async (client) =>
          (
            await client.query(
              `select count(distinct b.lower)::int as buckets, coalesce(max(n) filter (where next is distinct from lower + 1), 0)::int as largest
         from scorekeep.board d join (select *, lead(lower) over (partition by board order by lower) as next from scorekeep.bucket) b on b.board = d.id
         left join lateral (select sum(counts[b.number % 128 + 1]) as n from scorekeep.histogram h where h.board = d.id and h.upper = b.number / 128 group by window_key order by 1 desc limit 1) h on true
         where d.name = $1`,
              [name],
            )
          ).rows[0],
      );
    // The last step of a run, after it is finished.
    await expect.poll(async () => (await cut()).buckets, { timeout: 20_000 }).toBeGreaterThan(5);
    expect((await cut()).largest).toBeLessThanOrEqual(1000);
    expect(await wrongBuckets(url, board)).toEqual([]);
  });

  test('gives pages, neighbours and the rank of anyone as a full recount does', async () => {
    const lines = (await recount(url, board))[window] ?? [];
    expect(lines.length).toBeGreaterThan(2500);
    const pages = [];
    for (let after: string | undefined, got = 1; got > 0; ) {
      const page = await keep.top(board, { window, limit: 5000, ...(after === undefined ? {} : { after }) });
      pages.push(...page);
      got = page.length;
      after = page.at(-1)?.subject;
    }
    expect(pages).toEqual(lines);
    const places = [0, 1, 7, 499, 500, 501, Math.floor(lines.length / 2), lines.length - 3, lines.length - 1];
    for (const place of places) {
      const around = await keep.around(board, lines[place]?.subject ?? '', { window, above: 3, below: 4 });
      expect(around).toEqual(lines.slice(Math.max(0, place - 3), place + 5));
    }
    const sample = lines.filter((_, i) => i % 97 === 0);
    const some = sample.map(({ subject }) => subject).toReversed();
    expect(
      await keep.ranks(board, [...some, '00000000-0000-0000-0000-000000000000', 'nobody'].slice(0, -1), { window }),
    ).toEqual(sample);
  });

  test('reads with its indexes, and few rows, wherever the entrant stands', async () => {
    const lines = (await recount(url, board))[window] ?? [];
    await onDatabase(url, (client) => client.query('vacuum analyze'));
    for (const place of [0, Math.floor(lines.length / 2), lines.length - 1]) {
      const subject = lines[place]?.subject ?? '';
      const reads: Readonly<Record<string, (sql: Sql, reading: Reading) => Promise<unknown>>> = {
        top: (sql, reading) => readTop(sql, reading, 100),
        page: (sql, reading) => readTop(sql, reading, 100, subject),
        around: (sql, reading) => readAround(sql, reading, subject, { above: 5, below: 5 }),
        rank: (sql, reading) => readSubjects(sql, reading, [subject]),
      };
      for (const [what, read] of Object.entries(reads)) {
        const plans = await plansOf(url, board, window, read);
        expect(
          plans.filter((plan) => plan.sequential),
          `${what} of place ${place}`,
        ).toEqual([]);
        // Half a bucket, its neighbours in the histogram, and the lines themselves.
        expect(Math.max(...plans.map((plan) => plan.rows)), `${what} of place ${place}`).toBeLessThan(3000);
      }
    }
  });
});

test('where a host reads bigint as numbers, a line and its neighbours with the same score had different ranks', async () => {
  const asBefore = pg.types.getTypeParser(pg.types.builtins.INT8);
  pg.types.setTypeParser(pg.types.builtins.INT8, Number);
  try {
    for (const board of [total, latest]) {
      const lines = (await recount(url, board))['all-time'] ?? [];
      const at = lines.findIndex((line, i) => i > 0 && line.rank === lines[i - 1]?.rank);
      expect(await keep.around(board, lines[at]?.subject ?? '', { above: 2, below: 2 })).toEqual(
        lines.slice(Math.max(0, at - 2), at + 3),
      );
    }
  } finally {
    pg.types.setTypeParser(pg.types.builtins.INT8, asBefore);
  }
});

test('a subject that is no value of its type is on no board', async () => {
  expect(await keep.around(total, 'nobody')).toEqual([]);
  expect(await keep.ranks(total, ['nobody'])).toEqual([]);
  expect(await keep.top(total, { after: 'nobody' })).toEqual([]);
});

test('analysts read the same ranks with SQL, from a view with a version', async () => {
  const { rows } = await onDatabase(url, (client) =>
    client.query(
      `select rank::float8, subject::text, points::float8, scored::int, ties from scorekeep.leaderboard_latest_v1 order by rank, subject limit 50`,
    ),
  );
  expect(rows).toEqual(await keep.top(latest, { limit: 50 }));
});

test('CSV and NDJSON hold every line of every window, quoted as RFC 4180 says', async () => {
  const [csv, json]: [string[], string[]] = [[], []];
  for await (const line of keep.exportBoard(weekly, { format: 'csv' })) csv.push(line);
  for await (const line of keep.exportBoard(weekly, { format: 'ndjson', window: '2026-03-23' })) json.push(line);
  const lines = await recount(url, weekly);
  expect(csv[0]).toBe('window,rank,subject,points,scored,misses,combo\r\n');
  expect(csv.length - 1).toBe(Object.values(lines).flat().length);
  expect(json.map((line) => JSON.parse(line))).toEqual(
    (lines['2026-03-23'] ?? []).map((line) => expect.objectContaining({ ...line, window: '2026-03-23' })),
  );
  expect(csv.filter((line) => line.startsWith('2026-03-23,'))).toHaveLength(json.length);
});

interface Plan {
  readonly sequential: boolean;
  readonly rows: number;
}

/** Runs a read and explains each of its statements: whether one read a whole table, and how many rows it touched. */
async function plansOf(
  database: string,
  board: Board,
  window: string,
  read: (sql: Sql, reading: Reading) => Promise<unknown>,
): Promise<Plan[]> {
  return onDatabase(database, async (client) => {
    const { rows } = await client.query<{ id: number; definition: never }>(
      'select id, definition from scorekeep.board where name = $1',
      [board.name],
    );
    const [row] = rows;
    if (row === undefined) throw new Error('no such board');
    const standing = standingOf('scorekeep', { ...row, name: board.name });
    const plans: Plan[] = [];
    const sql: Sql = {
      async query(statement, values) {
        const explained = await client.query<Row>(`explain (analyze, timing off, format json) ${statement}`, values);
        const [plan] = (explained.rows[0] as Row)['QUERY PLAN'] as { Plan: Node }[];
        plans.push(planOf(plan?.Plan));
        return client.query<Row>(statement, values);
      },
    };
    await read(sql, { standing, rank: board.rank, subjectType: 'uuid', window });
    expect(plans.length).toBeGreaterThan(0);
    return plans;
  });
}

interface Node {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Node[];
}

function planOf(node: Node | undefined): Plan {
  if (node === undefined) return { sequential: false, rows: 0 };
  const below = (node.Plans ?? []).map(planOf);
  const scans = node['Relation Name'] !== undefined;
  const own = scans ? ((node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'] : 0;
  return {
    sequential:
      (node['Node Type'] === 'Seq Scan' && /^standing/.test(node['Relation Name'] ?? '')) ||
      below.some((plan) => plan.sequential),
    rows: below.reduce((sum, plan) => sum + plan.rows, own),
  };
}
