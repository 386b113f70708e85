import { type Job, job, type Keep, retry } from '@scorekeep/queue';
import type { RetryEvent } from '../process/retry-event.ts';
import { closeTournament } from './close-tournament.ts';

/** The guide's time, Monday 00:05 UTC: closes tournaments that are over and awards their prizes; late, if nobody was there. */
export function closeTournaments(keep: Keep, retried: RetryEvent): Job<object> {
  return job('close-tournaments', {
    mode: 'claimed',
    schedule: { cron: '5 0 * * 1', catchUp: true, payload: {} },
    retry: { limit: 100, delay: 10, delayMax: 60 },
    run: async () => {
      const closings = await closeDue(keep, retried);
      if (closings.some(({ state }) => state === 'waits')) return retry('BACKLOG');
    },
  });
}

/** What became of a tournament that is over. `waits`: games of it are still to be processed. */
export interface Closing {
  readonly tournament: string;
  readonly state: 'closed' | 'waits';
  readonly prizes: number;
}

/** Closes what is over, oldest first. Safe to call at any time, by any number of processes. */
export async function closeDue(keep: Keep, retried: RetryEvent): Promise<Closing[]> {
  const { rows } = await keep.transaction((tx) => tx.query(DUE));
  const closings: Closing[] = [];
  for (const row of rows) {
    const closing = await closeTournament(keep, retried, { id: String(row.tournament_id), closes: Number(row.closes) });
    if (closing !== undefined) closings.push(closing);
  }
  return closings;
}

const DUE = `
  select tournament_id, extract(epoch from closes_at)::float8 * 1000 as closes
  from tournaments where closed_at is null and closes_at <= clock_timestamp() order by starts_at`;
