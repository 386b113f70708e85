import { checkScoreline, type Scoreline } from './scoreline.ts';
import { TournamentError } from './tournament-error.ts';

/** Result of a match that needs a winner. */
export interface KnockoutResult {
  /** After 90 minutes and stoppage time. */
  readonly normalTime: Scoreline;
  /** After 120 minutes, goals of normal time included; present when normal time ended level and extra time was played. */
  readonly extraTime?: Scoreline;
  /** Penalties scored in the shoot-out alone. */
  readonly shootout?: Scoreline;
}

export type Phase = 'normalTime' | 'extraTime' | 'shootout';

export interface KnockoutWinner {
  readonly winner: 'home' | 'away';
  readonly decidedIn: Phase;
}

/**
 * Who won, and when. A shoot-out may follow normal time directly, as competitions without extra time have it.
 *
 * @param at where the result stands in the caller's input, for the error
 * @returns undefined while the match is level and nothing decided it
 * @throws TournamentError `INVALID_SCORELINE` for a result that no match can have: extra time after a decided match, fewer
 *   goals after extra time than before it, a shoot-out after a decided match or without a winner
 */
export function knockoutWinner(result: KnockoutResult, at = 'result'): KnockoutWinner | undefined {
  const { normalTime, extraTime, shootout } = result;
  let decided = winnerOf(normalTime, 'normalTime', at);
  for (const phase of ['extraTime', 'shootout'] as const) {
    const scoreline = result[phase];
    if (scoreline === undefined) continue;
    if (decided !== undefined) {
      const message = `The match was decided in ${decided.decidedIn}, got ${scoreline.join('-')} at ${at}.${phase}`;
      throw new TournamentError('INVALID_SCORELINE', message, `${at}.${phase}`, scoreline);
    }
    decided = winnerOf(scoreline, phase, at);
  }
  if (extraTime !== undefined && (extraTime[0] < normalTime[0] || extraTime[1] < normalTime[1])) {
    const message = `Goals after extra time include those before, got ${extraTime.join('-')} at ${at}.extraTime after ${normalTime.join('-')}`;
    throw new TournamentError('INVALID_SCORELINE', message, `${at}.extraTime`, extraTime);
  }
  if (shootout !== undefined && decided === undefined) {
    const message = `A shoot-out has a winner, got ${shootout.join('-')} at ${at}.shootout`;
    throw new TournamentError('INVALID_SCORELINE', message, `${at}.shootout`, shootout);
  }
  return decided;
}

/**
 * The scoreline on the basis that a rule asks for.
 *
 * @param basis `normalTime`: 90 minutes; `extraTime`: 120 minutes when they were played; `shootout`: these with the
 *   penalties added to them, so that 1-1 and 3-4 on penalties is 4-5
 */
export function scorelineAfter(result: KnockoutResult, basis: Phase): Scoreline {
  if (basis === 'normalTime') return result.normalTime;
  const played = result.extraTime ?? result.normalTime;
  if (basis === 'extraTime' || result.shootout === undefined) return played;
  return [played[0] + result.shootout[0], played[1] + result.shootout[1]];
}

function winnerOf(scoreline: Scoreline, decidedIn: Phase, at: string): KnockoutWinner | undefined {
  checkScoreline(scoreline, `${at}.${decidedIn}`);
  const [home, away] = scoreline;
  return home === away ? undefined : { winner: home > away ? 'home' : 'away', decidedIn };
}
