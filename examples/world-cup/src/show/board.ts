import type { Entry } from '@scorekeep/queue';
import { DRAW_CONTEST_ID } from '../host/load.ts';
import { namesOf } from '../host/names.ts';
import type { ContestName } from '../options.ts';
import type { Scene } from '../score.ts';
import { table } from './table.ts';
import { count, wrap } from './text.ts';

/** The top ten, and why its first has the points. */
export async function showBoard(scene: Scene, name: ContestName): Promise<void> {
  const { host, keep, contest, screen } = scene;
  const top = await keep.top(contest.board, { limit: 10 });
  const names = await namesOf(
    host,
    top.map((entry) => entry.subject),
  );
  const rows = top.map((entry) => [
    count(entry.rank),
    names.get(entry.subject) ?? '',
    count(entry.points),
    ...Object.values(entry.ties).map(count),
  ]);
  const headings = [
    { title: 'rank', align: 'right' },
    { title: 'entrant' },
    { title: 'points', align: 'right' },
    { title: TIE_TITLES[name], align: 'right' },
  ] as const;
  for (const line of table(screen, headings, rows)) screen.line(line);
  const [first] = top;
  if (first === undefined) return;
  const { question, sentence } = await explain(scene, name, first, names.get(first.subject) ?? '');
  screen.line();
  for (const line of wrap(question, screen.width)) screen.line(screen.style('dim', line));
  for (const line of wrap(sentence, screen.width)) screen.line(line);
}

const TIE_TITLES = { draw: 'right group', kicktipp: 'exact' } as const;

/** Why somebody has their points in the draw, or what they got for their last match that paid. */
async function explain(
  { keep, contest, host, tournament }: Scene,
  name: ContestName,
  { subject, points }: Entry,
  who: string,
): Promise<{ question: string; sentence: string }> {
  if (name === 'draw') {
    const { sentence } = await keep.explain(contest.points, { contest_id: DRAW_CONTEST_ID, entrant_id: subject });
    return { question: `Why has ${who} ${count(points)} points?`, sentence };
  }
  const { rows } = await host.query<{ number: number; fixture: string; forecast: string }>(
    `select m.number, m.id::text as fixture, concat_ws('-', trim_scale(f.home_goals), trim_scale(f.away_goals)) as forecast
     from forecast f join fixture m on m.id = f.fixture_ref where f.entrant_ref = $1 order by m.number desc limit 10`,
    [subject],
  );
  for (const { number, fixture, forecast } of rows) {
    const { sentence, milli } = await keep.explain(contest.points, { entrant_ref: subject, fixture_ref: fixture });
    if (milli === 0 && number !== rows.at(-1)?.number) continue;
    const match = tournament.fixtures[number - 1];
    const ended = `${match?.home.name} ${match?.result.home}-${match?.result.away} ${match?.away.name}`;
    return { question: `What did ${who} get for ${forecast}? ${match?.stage}: ${ended}.`, sentence };
  }
  return { question: '', sentence: '' };
}
