import { HostError, recently } from '@scorekeep/example-host';
import type { Sql } from '@scorekeep/queue';
import type { FastifyInstance } from 'fastify';
import type { GameAppOptions } from '../app.ts';
import { claimPrize } from '../play/claim-prize.ts';
import { ALL_TIME, around, type Board, boardOf, type Line, lineFor, size, top } from '../play/leaderboard.ts';
import { TIERS, tierOf } from '../play/prize-table.ts';
import { readPrizes, readWallet } from '../play/prizes.ts';
import { currentTournament, findTournament, type Tournament } from '../play/tournaments.ts';
import { ordinal } from '../translate.ts';
import { intOf } from './int-of.ts';

interface BoardQuery {
  readonly user_id?: string;
  readonly limit?: string;
}

/** Boards, tournaments and prizes. A player is whoever the device says, as in the guide: nothing here can be taken away. */
export function playRoutes(app: FastifyInstance, { keep }: Pick<GameAppOptions, 'keep'>): void {
  const read = <T>(work: (tx: Sql) => Promise<T>): Promise<T> => keep.transaction(work);
  /** Counts all players, so a crowd that looks gets the same number for a moment. */
  const sizes = recently(RECENT_MS, (tournament: string) =>
    read((tx) => size(tx, tournament === '' ? ALL_TIME : boardOf(tournament))),
  );
  const sizeOf = ({ tournament = '' }: Board): Promise<number> => sizes(tournament);
  const boardAnswer = async (board: Board, query: BoardQuery, shown: (line: Line) => object) => {
    const limit = intOf('limit', query.limit, 1, 100, 15);
    const [lines, own] = await read(async (tx) => [
      await top(tx, board, limit),
      query.user_id === undefined ? undefined : await lineFor(tx, board, query.user_id),
    ]);
    return {
      leaderboard: lines.map(shown),
      user_rank: own === undefined ? null : shown(own),
      total: await sizeOf(board),
    };
  };
  /** The one of this week is there before anybody has played in it. */
  const tournamentOf = (id: string): Promise<Tournament> =>
    read(async (tx) => {
      const found = (await findTournament(tx, id)) ?? (await currentTournament(tx));
      if (found.tournament_id !== id) throw NO_TOURNAMENT();
      return found;
    });

  app.get<{ Querystring: BoardQuery }>('/api/v2/leaderboard/global', async ({ query }) => {
    const { total, ...board } = await boardAnswer(ALL_TIME, query, globalLine);
    return { success: true, ...board, total_players: total };
  });

  const aroundAnswer = async (board: Board, query: BoardQuery, shown: (line: Line) => object) => {
    const [user, each] = [userOf(query), intOf('limit', query.limit, 1, 50, 3)];
    const lines = await read((tx) => around(tx, board, user, each));
    return { success: true, user_id: user, leaderboard: lines.map(shown) };
  };
  app.get<{ Querystring: BoardQuery }>('/api/v2/leaderboard/around-me', async ({ query }) =>
    aroundAnswer(ALL_TIME, query, globalLine),
  );
  app.get<{ Params: { id: string }; Querystring: BoardQuery }>(
    '/api/v2/tournaments/:id/around-me',
    async ({ params: { id }, query }) => {
      await tournamentOf(id);
      return aroundAnswer(boardOf(id), query, tournamentLine);
    },
  );

  app.get<{ Params: { userId: string } }>('/api/v2/leaderboard/user/:userId', async ({ params: { userId } }) => {
    const line = await read((tx) => lineFor(tx, ALL_TIME, userId));
    if (line === undefined) return { success: true, found: false, message: 'User not in leaderboard yet' };
    const { score, games, ...user } = line;
    // The number of players may be a moment older than the rank.
    const total = Math.max(line.rank, await sizeOf(ALL_TIME));
    const percentile = Math.round((1 - (line.rank - 1) / total) * 1_000) / 10;
    return {
      success: true,
      found: true,
      user: { ...user, high_score: score, total_games: games, percentile },
      total_players: total,
    };
  });

  app.get('/api/v2/tournaments/current', async () => ({ success: true, tournament: await read(currentTournament) }));

  app.get<{ Params: { id: string }; Querystring: BoardQuery }>(
    '/api/v2/tournaments/:id/leaderboard',
    async ({ params: { id }, query }) => {
      const tournament = await tournamentOf(id);
      const { total, ...board } = await boardAnswer(boardOf(id), query, tournamentLine);
      return { success: true, tournament_id: id, tournament, ...board, total_participants: total };
    },
  );

  app.get<{ Params: { id: string } }>('/api/v2/tournaments/:id/prizes', async ({ params: { id } }) => {
    await tournamentOf(id);
    return { success: true, tournament_id: id, prizes: TIERS };
  });

  app.get<{ Querystring: { user_id?: string } }>('/api/v2/prizes/pending', async ({ query }) => {
    const prizes = await read((tx) => readPrizes(tx, userOf(query), { pending: true, limit: 100 }));
    return { success: true, prizes, count: prizes.length, has_prizes: prizes.length > 0 };
  });

  app.get<{ Querystring: { user_id?: string; limit?: string } }>('/api/v2/prizes/history', async ({ query }) => {
    const limit = intOf('limit', query.limit, 1, 100, 10);
    const prizes = await read((tx) => readPrizes(tx, userOf(query), { pending: false, limit }));
    return { success: true, prizes, count: prizes.length };
  });

  app.get<{ Querystring: { user_id?: string } }>('/api/v2/prizes/stats', async ({ query }) => ({
    success: true,
    stats: await read((tx) => readWallet(tx, userOf(query))),
  }));

  app.post<{ Body: { prize_id: string; user_id: string } }>(
    '/api/v2/prizes/claim',
    { schema: { body: CLAIM } },
    async ({ body: { prize_id, user_id } }) => {
      const claim = await read((tx) => claimPrize(tx, prize_id, user_id));
      if (claim.state === 'unknown') throw new HostError(404, 'PRIZE_NOT_FOUND', 'This player has no such prize.');
      const { coins, gems, claimedAt } = claim;
      const message = claim.state === 'claimed' ? 'Prize claimed' : 'Prize was claimed before';
      return {
        success: true,
        message,
        claimed: claim.state === 'claimed',
        prize_id,
        coins,
        gems,
        claimed_at: claimedAt,
      };
    },
  );
}

const RECENT_MS = 1_000;

/** A line of the board of all time in the guide's words. */
const globalLine = ({ score, games, ...line }: Line) => ({ ...line, high_score: score, total_games: games });

/** A line of a tournament's, with the prize that its rank would win. */
function tournamentLine({ score, games, last_played, ...line }: Line) {
  const tier = tierOf(line.rank);
  const prize = tier === undefined ? 'No prize' : `${ordinal(line.rank)}: ${tier.coins} coins + ${tier.gems} gems`;
  return { ...line, best_score: score, total_attempts: games, last_attempt: last_played, prize_tier: prize };
}

const NO_TOURNAMENT = (): HostError => new HostError(404, 'TOURNAMENT_NOT_FOUND', 'There is no such tournament.');

function userOf({ user_id }: { readonly user_id?: string }): string {
  if (user_id === undefined || user_id === '') throw new HostError(400, 'INPUT_INVALID', 'user_id is missing.');
  return user_id;
}

const text = { type: 'string', minLength: 1, maxLength: 300 } as const;
const CLAIM = {
  type: 'object',
  required: ['prize_id', 'user_id'],
  properties: { prize_id: text, user_id: text },
} as const;
