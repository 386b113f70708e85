import { expect, test } from 'vitest';
import { board } from '../boards/board.ts';
import { ended } from '../log/testing/game.ts';
import { onDatabase } from '../testing/contest.ts';
import { sentWhile } from '../testing/sent-statements.ts';
import { withKeep } from '../testing/with-keep.ts';
import { games, playsBy } from './testing/plays.ts';

interface Node {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly Node[];
}

const scansOf = (node: Node): string[] => [
  ...(node['Node Type'] === 'Seq Scan' ? [node['Relation Name'] ?? ''] : []),
  ...(node.Plans ?? []).flatMap(scansOf),
];

/** Not the segment made ahead, which is empty. */
const BIG = /^(events_game_0$|projection_in_|standing_)/;

test('a step reads events, states and standings by their indexes, however many there are', async () => {
  await withKeep(async (keep, url) => {
    const projections = [playsBy('sql', 'in_sql'), playsBy('js', 'in_js')] as const;
    const total = board('total', { of: projections[0], by: 'total' });
    await keep.top(total);
    for (let i = 0; i < 10; i++) {
      await keep.ingest(
        games,
        Array.from({ length: 2_000 }, (_, n) => ended(i * 2_000 + n, `user-${(n * 7) % 5_000}`)),
      );
    }
    for (const one of projections) await keep.projections.catchUp(one);
    await onDatabase(url, (client) => client.query('analyze'));
    await keep.ingest(games, [ended(100_001), ended(100_002)]);

    const sent = await sentWhile(async () => {
      for (const one of projections) expect(await keep.projections.catchUp(one)).toBe(2);
    });
    await onDatabase(url, async (client) => {
      const about = sent.filter(({ text }) => /events_game|projection_in_|standing_total/.test(text));
      expect(about.length).toBeGreaterThanOrEqual(6);
      const version = Number((await client.query('show server_version_num')).rows[0].server_version_num);
      for (const { text, values } of about) {
        const plans = [await client.query(`explain (format json) ${text}`, values)];
        // As a connection plans them that has run them often; PostgreSQL 15 cannot say.
        if (version >= 160_000) plans.push(await client.query(`explain (generic_plan, format json) ${text}`));
        for (const { rows } of plans) {
          const plan = rows[0]['QUERY PLAN'][0].Plan as Node;
          expect(
            scansOf(plan).filter((relation) => BIG.test(relation)),
            text,
          ).toEqual([]);
        }
      }
    });
  });
});
