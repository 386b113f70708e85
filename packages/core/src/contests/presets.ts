import type { RuleSet } from '../rules/index.ts';
import { espnBracket, seedBracket, seedTimesRoundBracket, upsetBracket } from './bracket.ts';
import { confidencePool } from './confidence-pool.ts';
import { crowdPercentage } from './crowd-percentage.ts';
import { doubleOrDeduct } from './double-or-deduct.ts';
import { drawContest } from './draw-contest.ts';
import { fiveThreeTwo } from './five-three-two.ts';
import { kicktipp } from './kicktipp.ts';
import { kicktippModified } from './kicktipp-modified.ts';
import { kicktippQuota } from './kicktipp-quota.ts';
import { grandSlam, marginContest } from './margin.ts';
import { oddsPoints, oddsPointsPlus } from './odds-points.ts';
import { pariMutuel } from './pari-mutuel.ts';
import { threeOne } from './three-one.ts';
import { groupBonus, groupOrder, stageBonus } from './tournament-bonus.ts';
import { uefaPredictor } from './uefa-predictor.ts';

/** Every preset, for a host that lets its users choose. */
export const contestPresets: readonly RuleSet[] = [
  kicktipp,
  kicktippModified,
  kicktippQuota,
  uefaPredictor,
  crowdPercentage,
  fiveThreeTwo,
  threeOne,
  oddsPoints,
  oddsPointsPlus,
  doubleOrDeduct,
  pariMutuel,
  marginContest,
  grandSlam,
  confidencePool,
  espnBracket,
  seedBracket,
  seedTimesRoundBracket,
  upsetBracket,
  groupBonus,
  stageBonus,
  groupOrder,
  drawContest,
];
