import { type BoardFact, foldBoard, rankBoard, type Windowing, windowAt } from '@scorekeep/core/boards';
import { quote } from '../../postgres/identifiers.ts';
import { type Row, text } from '../../postgres/sql.ts';
import { onDatabase } from '../../testing/contest.ts';
import type { Board } from '../board.ts';
import type { Entry } from '../read-board.ts';

/** The lines of each window of a board. */
export type Lines = Readonly<Record<string, readonly Entry[]>>;

/** A board as core computes it from the scores that are stored and the host's own tables: shares no statement with the stored boards. */
export async function recount(url: string, board: Board): Promise<Lines> {
  const { runs, excluded } = await onDatabase(url, async (client) => ({
    runs: (
      await client.query<Row>(`
        select s.player::text as player, s.run::text as run, s.milli, s.tie_1, s.tie_2,
          floor(extract(epoch from ${board.at?.from === 'join' ? 'r.began' : 'p.played_at'}) * 1000)::text as at
        from scorekeep.score_runs_v1 s join play p using (player, run) left join round r on r.id = p.round where s.milli is not null`)
    ).rows,
    excluded: (
      await client.query<Row>('select subject from scorekeep.exclusion where board = $1 and readmitted_at is null', [
        board.name,
      ])
    ).rows,
  }));
  const off = new Set(excluded.map((row) => text(row, 'subject')));
  const windows = new Map<string, Map<string, BoardFact[]>>();
  for (const row of runs) {
    const at = row['at'] === null ? undefined : Number(row['at']);
    const key = windowOf(board.window, at);
    const subject = text(row, 'player');
    if (key === undefined || off.has(subject) || (board.add === 'latest' && at === undefined)) continue;
    const values = { milli: Number(row['milli']), tie_1: Number(row['tie_1']), tie_2: Number(row['tie_2']) };
    const subjects = windows.get(key) ?? new Map<string, BoardFact[]>();
    windows.set(key, subjects.set(subject, [...(subjects.get(subject) ?? []), fact(subject, row, at, values)]));
  }
  return Object.fromEntries([...windows].map(([key, subjects]) => [key, rankWindow(board, subjects)]));
}

/** What the histogram of a board says, and what its standings do, bucket by bucket; empty when they agree. */
export async function wrongBuckets(url: string, board: Board): Promise<Row[]> {
  return onDatabase(url, async (client) => {
    const window = board.window === null ? `'all-time'` : 'window_key';
    const { rows } = await client.query<Row>(`
      with board as (select id from scorekeep.board where name = '${board.name}'),
      bound as (select array_agg(lower order by lower) as bounds from scorekeep.bucket where board = (select id from board)),
      stands as (select ${window} as window_key, width_bucket(${board.ties.length === 0 ? 'total' : 'place'}, coalesce(bounds, '{}')) as bucket from scorekeep.${quote(`standing_${board.name}`)}, bound where scored > 0 and not excluded),
      counted as (
        select window_key, 1 as level, bucket, count(*) as n from stands group by 1, 3
        union all select window_key, 2, bucket / 128, count(*) from stands group by 1, 3),
      row as (select * from scorekeep.histogram where board = (select id from board)),
      kept as (
        select window_key, 1 as level, upper * 128 + place - 1 as bucket, sum(of.n) as n from row, unnest(counts) with ordinality as of (n, place) group by 1, 3 having sum(of.n) <> 0
        union all select window_key, 2, upper, sum(n) from row group by 1, 3 having sum(n) <> 0)
      select window_key, level, bucket, counted.n as counted, kept.n as kept from counted full join kept using (window_key, level, bucket) where counted.n is distinct from kept.n
      union all select 'bounds', 0, 0, null, null from scorekeep.board, bound where name = '${board.name}' and board.bounds <> coalesce(bound.bounds, '{}')`);
    return rows;
  });
}

function windowOf(window: Windowing | null, at: number | undefined): string | undefined {
  if (window === null) return 'all-time';
  if (at === undefined) return undefined;
  const name = `${JSON.stringify(window)} ${at}`;
  if (!known.has(name)) known.set(name, windowAt(window, at)?.key);
  return known.get(name);
}

const known = new Map<string, string | undefined>();

function fact(subject: string, row: Row, at: number | undefined, values: Record<string, number>): BoardFact {
  return { subject, id: text(row, 'run'), values, ...(at === undefined ? {} : { at }) };
}

/** First each subject's score by the operator, then the ranks over one fact for each subject. */
function rankWindow(board: Board, subjects: ReadonlyMap<string, readonly BoardFact[]>): Entry[] {
  const { add, ties, rank } = board;
  const columns = [{ id: 'milli' }, ...ties.map(({ column, order }) => ({ id: column, order }))];
  const scored = new Map<string, number>();
  const reduced = [...subjects].map(([subject, facts]): BoardFact => {
    scored.set(subject, facts.length);
    const rules = add === 'count' ? ({ add: 'sum', columns } as const) : ({ add, columns } as const);
    const [standing] = rankBoard(foldBoard(rules, facts));
    const runs = typeof add === 'object' ? Math.min(add.averageOfTop, facts.length) : facts.length;
    const together = typeof add === 'object' || add === 'average';
    const values = Object.fromEntries(
      columns.map(({ id }, i) => {
        const exact = standing?.exact[i] ?? { numerator: 0n, denominator: 1n };
        // Tie-breaks of averages add up over the runs that count.
        const sum = (exact.numerator * BigInt(runs)) / exact.denominator;
        return [id, together && i > 0 ? Number(sum) : (standing?.score[i] ?? 0)];
      }),
    );
    return { subject, id: 'all', values: add === 'count' ? { ...values, milli: 1000 * facts.length } : values };
  });
  return rankBoard(foldBoard({ add: 'sum', columns, rank }, reduced)).map((line) => ({
    rank: line.rank,
    subject: line.subject,
    points: (line.score[0] ?? 0) / 1000,
    ties: Object.fromEntries(ties.map(({ id }, i) => [id, line.score[i + 1] ?? 0])),
    scored: scored.get(line.subject) ?? 0,
  }));
}
