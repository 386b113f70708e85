import { drawContest, kicktipp } from '@scorekeep/core/contests';
import { withDeadline } from '@scorekeep/core/rules';
import { type Backend, type Board, board, type Projection, projection, tableLog } from '@scorekeep/queue';

/** What is scored and ranked in one contest. */
export interface Contest {
  readonly points: Projection;
  readonly board: Board;
}

/** The two contests over the host's tables: this is everything that Scorekeep has to be told about them. */
export function contests(backend: Backend): { draw: Contest; kicktipp: Contest } {
  const entries = tableLog('draw_entry', {
    key: ['contest_id', 'entrant_id'],
    subject: 'entrant_id',
    frozen: 'locked_at',
    fields: { teams: 'picks' },
    join: {
      table: 'draw_contest',
      on: 'contest_id',
      revision: 'revision',
      fields: { groupOf: 'group_of', marked: 'marked_team' },
    },
  });
  const drawPoints = projection('draw_points', { from: entries, score: drawContest, backend });
  const drawBoard = board('draw', { of: drawPoints, add: 'sum', ties: ['placed', 'subject'] });

  const forecasts = tableLog('forecast', {
    key: ['entrant_ref', 'fixture_ref'],
    subject: 'entrant_ref',
    frozen: 'locked_at',
    fields: { home: 'home_goals', away: 'away_goals', submittedAt: 'submitted_at' },
    join: {
      table: 'fixture',
      on: { fixture_ref: 'id' },
      revision: 'result_revision',
      fields: { resultHome: 'home_goals', resultAway: 'away_goals', deadline: 'kickoff_at' },
    },
  });
  const matchPoints = projection('match_points', { from: forecasts, score: withDeadline(kicktipp), backend });
  const overall = board('overall', { of: matchPoints, add: 'sum', ties: ['exactCount', 'subject'] });

  return { draw: { points: drawPoints, board: drawBoard }, kicktipp: { points: matchPoints, board: overall } };
}
