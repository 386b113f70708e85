import { drawContest, kicktipp } from '@scorekeep/core/contests';
import { type RuleSet, withDeadline } from '@scorekeep/core/rules';
import { type Backend, type Board, board, type Projection, projection, tableLog } from '@scorekeep/queue';

/** What is scored and ranked in one contest. */
export interface Contest {
  readonly points: Projection;
  readonly board: Board;
}

/**
 * The two contests over the host's tables: this is everything that Scorekeep has to be told about them.
 *
 * @param drawRules version of the rules of the draw contest, 1 or 2; each has scores and a board of its own
 */
export function contests(backend: Backend, drawRules = 1): { draw: Contest; kicktipp: Contest } {
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
  const score = drawRules === 1 ? drawContest : drawContest2;
  const drawPoints = projection('draw_points', { from: entries, score, version: drawRules, backend });
  const drawBoard = board(drawRules === 1 ? 'draw' : 'draw_2', {
    of: drawPoints,
    add: 'sum',
    ties: ['placed', 'subject'],
  });

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

/** Of random entries 98.9 % get nothing; the second version of the rules pays six teams in their groups, too. */
const drawContest2: RuleSet = {
  ...drawContest,
  version: 2,
  rules: [
    ...drawContest.rules,
    { id: 'SIX_PLACED', label: 'six teams in their groups', when: ['le', 6, '$placedRight'], points: 10_000 },
  ],
};
