import { readFileSync } from 'node:fs';
import type { Keep } from '@scorekeep/queue';
import type pg from 'pg';
import type { ContestName } from '../options.ts';
import type { Contest } from '../pipeline.ts';

/** What came of the predictions of a contest, counted by SQL that shares no code with the scoring. */
export interface Judgement {
  readonly total: number;
  readonly scored: number;
  readonly rejected: number;
  /** Rejected predictions by reason: how many there are, and how many there should be. */
  readonly reasons: Readonly<Record<string, { readonly found: number; readonly expected: number }>>;
  /** Predictions without a final state, or missing from the board. */
  readonly lost: number;
  /** Scores without a prediction, or counted more than once on the board. */
  readonly double: number;
  /** Scores, rejects and lines of the board that differ from what they should be. */
  readonly misScored: number;
  /** Everything is as it should be. */
  readonly flawless: boolean;
}

/** Where a contest's rows and scores lie. */
interface Place {
  readonly source: string;
  readonly key: readonly [string, string];
  readonly truth: string;
}

const PLACES: Readonly<Record<ContestName, Place>> = {
  draw: { source: 'draw_entry', key: ['contest_id', 'entrant_id'], truth: 'draw-truth.sql' },
  kicktipp: { source: 'forecast', key: ['entrant_ref', 'fixture_ref'], truth: 'kicktipp-truth.sql' },
};

/**
 * Works out by hand-written SQL what every prediction should have become, and compares: row by row with the scores,
 * entrant by entrant with the board, reason by reason with the status.
 *
 * @param schema Scorekeep's
 */
export async function judge(
  host: pg.Pool,
  keep: Keep,
  { name, contest, schema }: { name: ContestName; contest: Contest; schema: string },
): Promise<Judgement> {
  const client = await host.connect();
  try {
    await client.query('drop table if exists pg_temp.truth');
    await client.query(
      `create temporary table truth as ${readFileSync(new URL(PLACES[name].truth, import.meta.url), 'utf8')}`,
    );
    const rows = await compareScores(client, PLACES[name], scoresOf(contest, schema));
    const board = await compareBoard(client, `${schema}.standing_${contest.board.name}`);
    const reasons = await compareReasons(
      client,
      PLACES[name],
      scoresOf(contest, schema),
      await keep.status(contest.points),
    );
    const { rows: counted } = await client.query(`select count(*)::int as total from ${PLACES[name].source}`);
    const lost = Math.max(rows.lost, board.lost);
    const double = Math.max(rows.double, board.double);
    const misScored = Math.max(rows.wrong, board.wrong);
    return {
      total: Number(counted[0]?.['total']),
      scored: rows.scored,
      rejected: rows.rejected,
      reasons: reasons.counts,
      lost,
      double,
      misScored,
      flawless:
        lost + double + misScored === 0 &&
        reasons.agree &&
        rows.scored + rows.rejected === Number(counted[0]?.['total']),
    };
  } finally {
    client.release();
  }
}

/** Makes one score wrong, so that the verdict has something to find. */
export async function plantWrongScore(host: pg.Pool, contest: Contest, schema: string): Promise<void> {
  const scores = scoresOf(contest, schema);
  await host.query(
    `update ${scores} set milli = milli + 1000 where ctid = (select ctid from ${scores} where reason = 0 limit 1)`,
  );
}

const scoresOf = ({ points }: Contest, schema: string): string => `${schema}.score_${points.name}_v${points.version}`;

async function compareScores(
  client: pg.ClientBase,
  { key }: Place,
  scores: string,
): Promise<Record<'scored' | 'rejected' | 'lost' | 'double' | 'wrong', number>> {
  const { rows } = await client.query(
    `select count(*) filter (where s.reason = 0)::int as scored, count(*) filter (where s.reason > 0)::int as rejected,
       count(*) filter (where t.subject is not null and coalesce(s.reason, -1) < 0)::int as lost,
       count(*) filter (where t.subject is null)::int as double,
       count(*) filter (where t.subject is not null and s.reason >= 0 and (s.milli, s.tie_1, s.reason = 0) is distinct from (t.milli, t.tie, t.reason is null))::int as wrong
     from truth t full join ${scores} s using (${key.join(', ')})`,
  );
  return rows[0];
}

async function compareBoard(
  client: pg.ClientBase,
  standings: string,
): Promise<Record<'lost' | 'double' | 'wrong', number>> {
  const { rows } = await client.query(
    `select coalesce(sum(greatest(coalesce(t.scored, 0) - coalesce(b.scored, 0), 0)), 0)::int as lost,
       coalesce(sum(greatest(coalesce(b.scored, 0) - coalesce(t.scored, 0), 0)), 0)::int as double,
       count(*) filter (where t.scored = b.scored and (t.total, t.tie) is distinct from (b.total, b.tie_1))::int as wrong
     from (select subject, count(milli) as scored, sum(milli) as total, sum(tie) as tie from truth group by subject having count(milli) > 0) t
     full join ${standings} b using (subject)`,
  );
  return rows[0];
}

/** Counts must agree by name, and in the rows each name must stand for one code and each code for one name. */
async function compareReasons(
  client: pg.ClientBase,
  { key }: Place,
  scores: string,
  { reasons }: { readonly reasons: Readonly<Record<string, number>> },
): Promise<{ counts: Judgement['reasons']; agree: boolean }> {
  const { rows: pairs } = await client.query<{ name: string; code: number | null; expected: number }>(
    `select t.reason as name, s.reason as code, count(*)::int as expected
     from truth t left join ${scores} s using (${key.join(', ')}) where t.reason is not null group by 1, 2 order by 1, 2`,
  );
  const expected = new Map<string, number>();
  for (const pair of pairs) expected.set(pair.name, (expected.get(pair.name) ?? 0) + pair.expected);
  const names = [...new Set([...expected.keys(), ...Object.keys(reasons)])].sort();
  const counts = Object.fromEntries(
    names.map((name) => [name, { found: reasons[name] ?? 0, expected: expected.get(name) ?? 0 }]),
  );
  const oneToOne = pairs.length === expected.size && new Set(pairs.map((pair) => pair.code)).size === pairs.length;
  return { counts, agree: oneToOne && Object.values(counts).every(({ found, expected: due }) => found === due) };
}
