import type { HealthReport } from '@scorekeep/observability';
import { connect } from '@scorekeep/queue';
import pg from 'pg';
import { type Collector, collectorSummary, startCollector } from './collector.ts';
import { openDatabase } from './database.ts';
import { load } from './host/load.ts';
import { readTournament, type Tournament } from './host/tournament.ts';
import { observe } from './observe.ts';
import { CONTESTS, type ContestName, type Options } from './options.ts';
import { contests } from './pipeline.ts';
import type { Outcome, Scene } from './score.ts';
import { DRAW_TITLE, scoreDraw } from './score-draw.ts';
import { KICKTIPP_TITLE, scoreKicktipp } from './score-kicktipp.ts';
import { showBoard } from './show/board.ts';
import { progressBar } from './show/progress.ts';
import type { Screen } from './show/screen.ts';
import { duration, pad, plural, wrap } from './show/text.ts';
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
    for (const end of cleanup.reverse()) {
      await end().catch((error: unknown) => screen.line(`  could not clean up: ${String(error)}`));
    }
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

  const collector = options.otel ? await startCollector() : undefined;
  if (collector !== undefined) defer(() => collector.close());
  const telemetry = await observe('world-cup', collector?.url);
  if (telemetry !== undefined) defer(() => telemetry.shutdown());
  const keep = await connect({ url: database.url, schema: database.schema, poolSize: 4 });
  defer(() => keep.stop());
  const { url, schema } = database;
  screen.live('  starting the workers');
  const workers = await startWorkers(
    options.workers,
    { url, schema, backend: options.backend, collector: collector?.url },
    (message) => screen.line(screen.style('yellow', `  ${message}`)),
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
  if (collector !== undefined) {
    // They send what they have not sent yet.
    await workers.stop();
    await telemetry?.refresh();
    await telemetry?.flush();
    if (telemetry !== undefined) showTelemetry(screen, collector, telemetry.health.report());
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

function showTelemetry(screen: Screen, collector: Collector, health: HealthReport): void {
  screen.line();
  screen.line(screen.style('bold', 'What a collector was told'));
  screen.line();
  for (const [label, said] of collectorSummary(collector.received(), health)) {
    const [first = '', ...more] = wrap(said, screen.width, ' '.repeat(13));
    screen.line(`  ${pad(label, 11)}${first.trimStart()}`);
    for (const line of more) screen.line(line);
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
  await showBoard(scene, name);
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
