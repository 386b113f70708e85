import type { Fixture } from '../host/tournament.ts';
import { entrantId } from './entrants.ts';
import { type Random, randomOf } from './random.ts';

/** A row of the host's table `forecast`. Goals are text, because the column takes what no number type does. */
export interface Forecast {
  /** Number of the entrant, from 0. */
  readonly entrant: number;
  readonly entrantId: string;
  readonly fixture: Fixture;
  readonly home: string | null;
  readonly away: string | null;
  readonly submittedAt: Date;
  readonly lockedAt: Date;
}

/**
 * Invents `count` forecasts, entrant after entrant, each over the whole tournament. People favour the stronger team, a
 * host nation and their own favourite, like 2-1 and 1-1, forget matches, lose interest, come late, and now and then send
 * something that no form should have let through. The same seed makes the same rows, and fewer rows are the first of them.
 */
export function* forecasts(fixtures: readonly Fixture[], seed: number, count: number): Generator<Forecast> {
  for (let entrant = 0, made = 0; made < count; entrant++) {
    for (const forecast of forecastsOf(fixtures, seed, entrant)) {
      yield forecast;
      if (++made === count) return;
    }
  }
}

/** Shares of all forecasts. */
const SHARE = { late: 0.008, unfilled: 0.004, malformed: 0.0015 } as const;

interface Habits {
  readonly favourite: string;
  /** How often a match is simply forgotten. */
  readonly forgets: number;
  /** The match after which interest is lost. */
  readonly lastFixture: number;
  /** How often a forecast comes after kick-off. Most people never try. */
  readonly late: number;
}

function* forecastsOf(fixtures: readonly Fixture[], seed: number, entrant: number): Generator<Forecast> {
  const random = randomOf(seed, `forecasts ${entrant}`);
  const habits = habitsOf(random, fixtures);
  const id = entrantId(entrant);
  for (const fixture of fixtures) {
    if (fixture.number > habits.lastFixture || random.chance(habits.forgets)) continue;
    const submittedAt = submission(random, fixture, habits);
    yield {
      entrant,
      entrantId: id,
      fixture,
      ...goals(random, fixture, habits),
      submittedAt,
      lockedAt: new Date(Math.max(submittedAt.getTime(), fixture.kickoffAt.getTime())),
    };
  }
}

function habitsOf(random: Random, fixtures: readonly Fixture[]): Habits {
  const persists = random.chance(0.9);
  return {
    favourite: random.pick(fixtures).home.name,
    forgets: random.chance(0.7) ? 0.01 : 0.06,
    lastFixture: persists ? fixtures.length : random.integer(24, fixtures.length),
    late: random.chance(0.25) ? SHARE.late / 0.25 : 0,
  };
}

/** Mostly the evening before or the last hours; the late ones within the first half. */
function submission(random: Random, { kickoffAt }: Fixture, { late }: Habits): Date {
  const minutes = random.chance(late) ? random.integer(1, 45) : -Math.ceil(-Math.log(1 - random.fraction()) * 18 * 60);
  return new Date(kickoffAt.getTime() + minutes * 60_000);
}

function goals(random: Random, fixture: Fixture, habits: Habits): Pick<Forecast, 'home' | 'away'> {
  const [home, away] = scoreline(random, fixture, habits);
  const sent = { home: String(home), away: String(away) };
  const side = random.chance(0.5) ? 'home' : 'away';
  if (random.chance(SHARE.unfilled)) return { ...sent, [side]: null };
  if (random.chance(SHARE.malformed)) return { ...sent, [side]: random.pick(MALFORMED) };
  return sent;
}

/** What a numeric column lets through although no match ends so. */
const MALFORMED = ['-1', '-3', '250', '1000', '1.5', '2.25', 'NaN'] as const;

/** The scoreline that somebody believes in: the margin from the ratings and the heart, the goals from what people type. */
function scoreline(random: Random, { home, away }: Fixture, { favourite }: Habits): readonly [number, number] {
  const heart = (name: string): number => (name === favourite ? 160 : 0);
  const crowd = (name: string): number => (HOSTS.has(name) ? 90 : 0);
  const edge = home.rating + heart(home.name) + crowd(home.name) - away.rating - heart(away.name) - crowd(away.name);
  const margin = (edge + HOME_BIAS) / ELO_PER_GOAL + random.normal() * 0.9;
  if (Math.abs(margin) < 0.33) {
    const each = random.weighted(DRAWS);
    return [each, each];
  }
  const by = Math.min(5, Math.max(1, Math.round(Math.abs(margin))));
  const conceded = random.weighted(by === 1 ? CONCEDED_IN_A_CLOSE_WIN : CONCEDED_IN_A_CLEAR_WIN);
  return margin > 0 ? [conceded + by, conceded] : [conceded, conceded + by];
}

/** People lean to the team that is named first, even on neutral ground. */
const HOME_BIAS = 40;
const ELO_PER_GOAL = 190;
const HOSTS: ReadonlySet<string> = new Set(['Canada', 'Mexico', 'USA']);
// goals each, share in percent
const DRAWS = [
  [1, 64],
  [0, 20],
  [2, 14],
  [3, 2],
] as const;
// goals, share in percent
const CONCEDED_IN_A_CLOSE_WIN = [
  [1, 52],
  [0, 38],
  [2, 10],
] as const;
// goals, share in percent
const CONCEDED_IN_A_CLEAR_WIN = [
  [0, 62],
  [1, 33],
  [2, 5],
] as const;
