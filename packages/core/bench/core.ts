/**
 * `npm run bench -- core`: rows per second of each preset's rule set in JavaScript, against a loop that was written by
 * hand for the one rule, and in Postgres, against CASE that was written by hand, in the same scan. Both have the same
 * outputs as the rule set: points, what fired, reason, tie-break. Needs no server: it starts one, or uses DATABASE_URL.
 */
import { drawContest, kicktipp } from '@scorekeep/core/contests';
import { type RuleSet, type SqlColumn, toFunction, toSql } from '@scorekeep/core/rules';
import pg from 'pg';
import { type Bench, measure, ratioOf, rowsOf } from '../../../tooling/measure.ts';
import { startPostgres } from '../../queue/src/embedded/index.ts';
import { DRAW_CASE, drawContestByHand, KICKTIPP_CASE, kicktippByHand } from './core/by-hand.ts';
import { draws, predictions } from './core/predictions.ts';

const bench: Bench = async ({ quick, progress }) => {
  const rounds = quick ? 3 : 11;
  const [tips, entries] = quick ? [100_000, 2_000] : [1_000_000, 20_000];
  const tipped = predictions(tips);
  const drawn = draws(entries);
  const [tip, draw] = [toFunction(kicktipp), toFunction(drawContest)];
  assertSame(totals(tip.scoreColumns({ ...tipped }, tips)), totals(kicktippByHand(tipped, tips)));
  assertSame(totals(draw.scoreColumns(drawn, entries)), totals(drawContestByHand(drawn, entries)));
  progress('JavaScript');
  const js = await measure({
    contenders: [
      { case: 'kicktipp-js', items: tips, run: () => tip.scoreColumns({ ...tipped }, tips) },
      { case: 'kicktipp-hand-loop', items: tips, run: () => kicktippByHand(tipped, tips) },
      { case: 'draw-js', items: entries, run: () => draw.scoreColumns(drawn, entries) },
      { case: 'draw-hand-loop', items: entries, run: () => drawContestByHand(drawn, entries) },
    ],
    rounds,
    progress,
  });

  progress('Postgres');
  const server = process.env['DATABASE_URL'] === undefined ? await startPostgres({ durable: false }) : undefined;
  const client = new pg.Client(server?.url ?? process.env['DATABASE_URL']);
  await client.connect();
  try {
    await fill(client, tipped, drawn);
    const scan = (name: string, items: number, text: string, values: unknown[] = []) => ({
      case: name,
      items,
      run: () =>
        client.query(
          `select count(milli), sum(fired), sum(reason), sum(tie_1), sum(milli) from (${text} offset 0) scored`,
          values,
        ),
    });
    const ours = (ruleSet: RuleSet, table: string, columns: Record<string, SqlColumn>): [string, string[]] => {
      const { text, values } = toSql(ruleSet, { from: table, columns });
      return [text, values];
    };
    const int = (sql: string): SqlColumn => ({ sql, type: 'int' });
    const tipColumns = { home: int('home'), away: int('away'), resultHome: int('rh'), resultAway: int('ra') };
    const drawColumns = {
      teams: { sql: 'teams', type: 'ints' },
      groupOf: { sql: 'groupof', type: 'ints' },
      marked: int('marked'),
    } as const;
    for (const [mine, byHand] of [
      [ours(kicktipp, 'prediction', tipColumns), KICKTIPP_CASE],
      [ours(drawContest, 'draw', drawColumns), DRAW_CASE],
    ] as const) {
      const [first, second] = [scan('', 0, ...mine), scan('', 0, byHand)];
      assertSame((await first.run()).rows, (await second.run()).rows);
    }
    const sql = await measure({
      contenders: [
        scan('kicktipp-sql', tips, ...ours(kicktipp, 'prediction', tipColumns)),
        scan('kicktipp-hand-case', tips, KICKTIPP_CASE),
        scan('draw-sql', entries, ...ours(drawContest, 'draw', drawColumns)),
        scan('draw-hand-case', entries, DRAW_CASE),
      ],
      rounds,
      progress,
    });
    const { rows } = await client.query('select version()');
    return {
      bench: 'core',
      environment: { tips, entries, postgres: String(rows[0].version), reference: KICKTIPP_CASE },
      rows: [...rowsOf(js, 'row'), ...rowsOf(sql, 'row')],
      ratios: {
        'kicktipp-js_vs_hand-loop': ratioOf(js, 'kicktipp-js', 'kicktipp-hand-loop'),
        'draw-js_vs_hand-loop': ratioOf(js, 'draw-js', 'draw-hand-loop'),
        'kicktipp-sql_vs_hand-case': ratioOf(sql, 'kicktipp-sql', 'kicktipp-hand-case'),
        'draw-sql_vs_hand-case': ratioOf(sql, 'draw-sql', 'draw-hand-case'),
      },
    };
  } finally {
    await client.end();
    await server?.stop();
  }
};

export default bench;

/** A reference that computes something else would measure something else. */
function assertSame(ours: unknown, byHand: unknown): void {
  if (JSON.stringify(ours) !== JSON.stringify(byHand)) {
    throw new Error(`By hand it is ${JSON.stringify(byHand)}, by the rule set ${JSON.stringify(ours)}`);
  }
}

function totals(scored: { milli: Int32Array; fired: BigInt64Array; ties?: readonly Int32Array[]; tie?: Int32Array }) {
  const sum = (numbers: Iterable<number | bigint> = []): string => {
    let total = 0n;
    for (const number of numbers) total += BigInt(number);
    return String(total);
  };
  return { milli: sum(scored.milli), fired: sum(scored.fired), ties: sum(scored.ties?.[0] ?? scored.tie) };
}

async function fill(
  client: pg.Client,
  tipped: ReturnType<typeof predictions>,
  drawn: ReturnType<typeof draws>,
): Promise<void> {
  // biome-ignore format: one line
  await client.query('set max_parallel_workers_per_gather = 0; set jit = off');
  await client.query(
    'create temp table prediction (id int8, user_id int8, home int4, away int4, rh int4, ra int4); create temp table draw (id int8, teams int4[], groupof int4[], marked int4)',
  );
  await client.query(
    'insert into prediction select n, n % 1000, h, a, rh, ra from unnest($1::int4[], $2::int4[], $3::int4[], $4::int4[]) with ordinality as u (h, a, rh, ra, n)',
    [tipped.home, tipped.away, tipped.resultHome, tipped.resultAway],
  );
  await client.query(
    'insert into draw select n, t::int4[], g::int4[], m from unnest($1::text[], $2::text[], $3::int4[]) with ordinality as u (t, g, m, n)',
    [drawn.teams.map((one) => `{${one.join(',')}}`), drawn.groupOf.map((one) => `{${one.join(',')}}`), drawn.marked],
  );
  await client.query('analyze prediction; analyze draw');
}
