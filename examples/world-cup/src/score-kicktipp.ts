import type { Entry, Run } from '@scorekeep/queue';
import { nameOf } from './host/names.ts';
import { recordResult } from './host/record.ts';
import type { Fixture } from './host/tournament.ts';
import { finished, type Scene, type Timing } from './score.ts';
import { progressBar } from './show/progress.ts';
import type { Screen } from './show/screen.ts';
import { pad, plural } from './show/text.ts';

/**
 * Records the results match by match in the order of their kick-offs, each in a transaction that has its forecasts
 * scored, and does not wait for the scores before the next. The board is looked at after each day, as it happens to be,
 * and after each stage, when everything up to there is scored.
 */
export async function scoreKicktipp(scene: Scene): Promise<Timing> {
  const { screen, signal, tournament } = scene;
  const began = performance.now();
  let enqueueMs = 0;
  let played = 0;
  let before: Leader | undefined;
  const showProgress = async (day: string): Promise<void> => {
    const leader = await leaderOf(scene);
    const note = `matches  ${pad(leader === undefined ? day : `${day}  ${leader.name}`, 31)}`;
    screen.live(progressBar(screen, played, tournament.fixtures.length, note));
  };
  for (const stage of grouped(tournament.fixtures, (fixture) => fixture.stage)) {
    const runs: Run[] = [];
    for (const day of grouped(stage, (fixture) => fixture.day)) {
      for (const fixture of day) {
        signal.throwIfAborted();
        const pressed = performance.now();
        runs.push(await recordAndRun(scene, fixture));
        enqueueMs += performance.now() - pressed;
        played += 1;
      }
      await showProgress(day[0]?.day ?? '');
    }
    for (const run of runs) await finished(scene, run);
    const leader = await leaderOf(scene);
    screen.line(stageLine(screen, stage, leader, before));
    before = leader;
  }
  return { runs: played, enqueueMs, drainMs: performance.now() - began };
}

function recordAndRun({ keep, contest }: Scene, fixture: Fixture): Promise<Run> {
  return keep.transaction(async (tx) => {
    await recordResult(tx, fixture);
    return keep.run(contest.points, { where: { fixture_ref: fixture.id }, tx });
  });
}

/** Lines of the board that are read to say by how much somebody leads. */
const LOOKED_AT = 10;

/** What the contest is about, in a line. */
export const KICKTIPP_TITLE = 'How does each match end? Kicktipp 2/3/4 on 90 minutes, as the results arrive';

interface Leader extends Entry {
  readonly name: string;
  /** How many share the lead. */
  readonly level: number;
  /** Points ahead of the next rank. */
  readonly ahead: number;
}

async function leaderOf({ keep, contest, host }: Scene): Promise<Leader | undefined> {
  const top = await keep.top(contest.board, { limit: LOOKED_AT });
  const [first] = top;
  if (first === undefined) return undefined;
  const next = top.find((entry) => entry.rank > first.rank);
  const level = top.filter((entry) => entry.rank === first.rank).length;
  return { ...first, name: await nameOf(host, first.subject), level, ahead: first.points - (next?.points ?? 0) };
}

function stageLine(
  screen: Screen,
  stage: readonly Fixture[],
  leader: Leader | undefined,
  before: Leader | undefined,
): string {
  const what = `  ${pad(stage[0]?.stage ?? '', 22)}${pad(plural(stage.length, 'match', 'matches'), 11)}`;
  if (leader === undefined) return `${what}${screen.style('dim', 'nobody on the board yet')}`;
  const mark = before !== undefined && before.subject !== leader.subject ? screen.style('yellow', '▲') : ' ';
  const others = `${leader.level - 1}${leader.level === LOOKED_AT ? '+' : ''}`;
  const ahead = leader.ahead > 0 ? `${leader.ahead} ahead` : 'on exact scores';
  const lead = leader.level > 1 ? `level with ${others}` : ahead;
  return `${what}${mark} ${pad(leader.name, 20)} ${pad(String(leader.points), 4, 'right')}  ${screen.style('dim', lead)}`;
}

/** Cuts a sequence where a property changes; fixtures are in order, so each stage and each day is one piece. */
function grouped<T>(items: readonly T[], by: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(by(item), [...(groups.get(by(item)) ?? []), item]);
  return [...groups.values()];
}
