import { recordDraw } from './host/record.ts';
import { finished, type Scene, type Timing } from './score.ts';
import { progressBar } from './show/progress.ts';
import { count } from './show/text.ts';

/** Records the draw and has every entry scored, in one run; asks twice, to show that this changes nothing. */
export async function scoreDraw(scene: Scene): Promise<Timing> {
  const { keep, contest, tournament, screen, predictions } = scene;
  const began = performance.now();
  const run = await keep.transaction(async (tx) => {
    await recordDraw(tx, tournament.teams);
    return keep.run(contest.points, { tx });
  });
  const enqueueMs = performance.now() - began;
  const again = await keep.run(contest.points);
  const status = await finished(scene, run, ({ scored, rejected, parked }) =>
    screen.live(progressBar(screen, scored + rejected + parked, predictions)),
  );
  const drainMs = performance.now() - began;
  const twice = again.id === run.id ? 'asked for twice, scored once' : 'asked for twice';
  screen.line(progressBar(screen, status.scored + status.rejected, predictions, screen.style('dim', twice)));
  return { runs: 1, enqueueMs, drainMs };
}

/** What the contest is about, in a line. */
export const DRAW_TITLE = `Who is drawn into which group? ${[100, 80, 60, 50, 40, 20, 0].map(count).join('/')}, first match wins`;
