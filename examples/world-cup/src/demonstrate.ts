import { connect, type Entry } from '@scorekeep/queue';
import pg from 'pg';
import { openDatabase } from './database.ts';
import { DRAW_CONTEST_ID, load } from './host/load.ts';
import { namesOf } from './host/names.ts';
import { readTournament, type Tournament } from './host/tournament.ts';
import { CONTESTS, type ContestName, type Options } from './options.ts';
import { contests } from './pipeline.ts';
import type { Outcome, Scene } from './score.ts';
import { DRAW_TITLE, scoreDraw } from './score-draw.ts';
import { KICKTIPP_TITLE, scoreKicktipp } from './score-kicktipp.ts';
import { progressBar } from './show/progress.ts';
import type { Screen } from './show/screen.ts';
import { table } from './show/table.ts';
import { count, duration, plural, wrap } from './show/text.ts';
import { verdict } from './show/verdict.ts';
import { judge, plantWrongScore } from './verdict/judge.ts';
import { startWorkers } from './workers.ts';

/** The outcome of each contest that was scored. */
export type Outcomes = Partial<Readonly<Record<ContestName, Outcome>>>;

/**
 * The whole demo: a Postgres, the host's tables and predictions, the worker processes, each contest with its verdict.
 * Whatever happens, workers, database and server are gone when it returns or throws.
 *
 * @param signal aborting it ends the demo with the signal's reason
 */
export async function demonstrate(options: Options, screen: Screen, signal: AbortSignal): Promise<Outcomes> {
  const cleanup: (() => Promise<void>)[] = [];
  try {
    return await run(options, screen, signal, (end) => cleanup.push(end));
  } finally {
    // The last that was opened is closed first.
    for (const end of cleanup.reverse()) await end();
  }
}

async function run(
  options: Options,
  screen: Screen,
  signal: AbortSignal,
  defer: (end: () => Promise<void>) => void,
): Promise<Outcomes> {
  const tournament = readTournament();
  screen.line(screen.style('bold', 'Scorekeep: the 2026 World Cup, scored exactly once, on Postgres alone'));
  screen.line();
  if (options.databaseUrl === undefined) screen.live('  starting an embedded Postgres');
  const database = await openDatabase(options.databaseUrl, CONNECTIONS + CONNECTIONS_PER_WORKER * options.workers);
  defer(() => database.close());
  screen.line(`  ${database.server}`);
  signal.throwIfAborted();

  const host = new pg.Pool({ connectionString: database.url, max: 3, application_name: 'world-cup' });
  host.on('error', () => undefined);
  defer(() => host.end());
  await fill(host, options, tournament, screen, signal);

  const keep = await connect({ url: database.url, schema: database.schema, poolSize: 4 });
  defer(() => keep.stop());
  const { url, schema } = database;
  screen.live('  starting the workers');
  const workers = await startWorkers(options.workers, { url, schema, backend: options.backend }, (message) =>
    screen.line(screen.style('yellow', `  ${message}`)),
  );
  defer(() => workers.stop());
  screen.line(`  ${plural(options.workers, 'worker process', 'worker processes')}, rules ${WHERE[options.backend]}`);

  const outcomes: { [Name in ContestName]?: Outcome } = {};
  const both = contests(options.backend);
  for (const name of CONTESTS.filter((contest) => options.contests.includes(contest))) {
    signal.throwIfAborted();
    screen.line();
    const scene: Scene = {
      host,
      keep,
      contest: both[name],
      tournament,
      predictions: options.predictions,
      screen,
      signal,
    };
    outcomes[name] = await Promise.race([hold(name, scene, { ...options, schema }), workers.allLost]);
  }
  return outcomes;
}

/** The demo's own and those of each worker, with room to spare. */
const CONNECTIONS = 40;
const CONNECTIONS_PER_WORKER = 12;

const WHERE = { sql: 'inside Postgres', js: 'in JavaScript' } as const;

async function fill(
  host: pg.Pool,
  { predictions, contests: chosen, seed }: Options,
  tournament: Tournament,
  screen: Screen,
  signal: AbortSignal,
): Promise<void> {
  const began = performance.now();
  const of = (name: ContestName): number => (chosen.includes(name) ? predictions : 0);
  const total = of('draw') + of('kicktipp');
  const client = await host.connect();
  try {
    const { entrants } = await load(client, {
      tournament,
      seed,
      drawEntries: of('draw'),
      forecasts: of('kicktipp'),
      signal,
      onProgress: (arrived) => screen.live(progressBar(screen, arrived, total, 'predictions copied in')),
    });
    screen.line(
      `  ${plural(tournament.teams.length, 'team')}, ${plural(tournament.fixtures.length, 'match', 'matches')}, ${plural(entrants, 'entrant')}, ${plural(total, 'prediction')} copied in (${duration(performance.now() - began)})`,
    );
    client.release();
  } catch (error) {
    client.release(true);
    throw error;
  }
}

const TITLES = { draw: DRAW_TITLE, kicktipp: KICKTIPP_TITLE } as const;
const SCORE = { draw: scoreDraw, kicktipp: scoreKicktipp } as const;

/** One contest: score, show the top ten, explain, judge. */
async function hold(
  name: ContestName,
  scene: Scene,
  { plant, schema }: { plant: boolean; schema: string },
): Promise<Outcome> {
  const { host, keep, contest, screen, predictions } = scene;
  screen.line(screen.style('bold', TITLES[name]));
  const timing = await SCORE[name](scene);
  screen.line();
  await showTop(scene, name);
  if (plant) {
    await plantWrongScore(host, contest, schema);
    screen.line();
    screen.line(`  ${screen.style('yellow', 'planted one wrong score, for the verdict to find')}`);
  }
  screen.line();
  screen.live('  judging by SQL written by hand');
  const judgement = await judge(host, keep, { name, contest, schema });
  const outcome = { ...timing, predictions, perSecond: predictions / (timing.drainMs / 1000), judgement };
  for (const line of verdict(screen, outcome)) screen.line(line);
  return outcome;
}

const TIE_TITLES = { draw: 'right group', kicktipp: 'exact' } as const;

async function showTop(scene: Scene, name: ContestName): Promise<void> {
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
  screen.line();
  await explain(scene, name, first, names.get(first.subject) ?? '');
}

async function explain(
  { keep, contest, screen, host, tournament }: Scene,
  name: ContestName,
  entry: Entry,
  who: string,
): Promise<void> {
  if (name === 'draw') {
    const { sentence } = await keep.explain(contest.points, { contest_id: DRAW_CONTEST_ID, entrant_id: entry.subject });
    screen.line(screen.style('dim', `  Why has ${who} ${count(entry.points)} points?`));
    for (const line of wrap(sentence, screen.width)) screen.line(line);
    return;
  }
  const { rows } = await host.query<{ fixture: string; forecast: string }>(
    `select fixture_ref::text as fixture, concat_ws('-', trim_scale(f.home_goals), trim_scale(f.away_goals)) as forecast
     from forecast f join fixture m on m.id = fixture_ref where entrant_ref = $1 order by m.number desc limit 1`,
    [entry.subject],
  );
  const [last] = rows;
  const fixture = tournament.fixtures.find(({ id }) => id === last?.fixture);
  if (last === undefined || fixture === undefined) return;
  const { sentence } = await keep.explain(contest.points, { entrant_ref: entry.subject, fixture_ref: fixture.id });
  const match = `${fixture.stage}, ${fixture.home.name} ${fixture.result.home}-${fixture.result.away} ${fixture.away.name}`;
  const question = `What did ${who} get for ${last.forecast} (${match})?`;
  for (const line of [
    ...wrap(question, screen.width).map((text) => screen.style('dim', text)),
    ...wrap(sentence, screen.width),
  ])
    screen.line(line);
}
