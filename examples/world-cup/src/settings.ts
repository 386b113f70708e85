import { AUTH } from '@scorekeep/example-host/auth-settings';
import { flag, integer, oneOf } from '@scorekeep/example-host/environment';
import { poolSize } from '@scorekeep/example-host/settings';

/** What this host reads from its environment beside what every host reads; the names are the guide's. */
export const SETTINGS = {
  ...AUTH,
  /** A slice, and a parked item, of each contest at a time, and two for everything else. */
  poolSize: poolSize(6),
  /** `false` scores where it is asked for, in the request, for up to 10 000 predictions; workers have nothing to do then. */
  asynchronous: flag('ENABLE_ASYNC_PROCESSING', true),
  /** Predictions in one transaction of a worker; 0 for as many as take 0.4 s. */
  batchSize: integer('PREDICTION_BATCH_SIZE', { least: 0, most: 1_000_000, otherwise: 0 }),
  /** Pieces of work that a worker fetches at a time. */
  prefetch: integer('RABBITMQ_PREFETCH_COUNT', { least: 2, most: 100, otherwise: 2 }),
  backend: oneOf('BACKEND', ['sql', 'js'], 'sql'),
  /** 2 also pays 10 points for six teams in their groups; both versions can be served at once. */
  drawRules: integer('DRAW_RULES_VERSION', { least: 1, most: 2, otherwise: 1 }),
  /** At the first start: in how many days the contest on the draw closes; the first match is as long after that. */
  closesInDays: integer('CONTEST_CLOSES_IN_DAYS', { least: 1, most: 365, otherwise: 7 }),
  /** At the first start: so many invented predictions in each contest. */
  seedPredictions: integer('SEED_PREDICTIONS', { least: 0, most: 10_000_000, otherwise: 0 }),
} as const;

/** In every process. */
export const DATABASE = 'worldcup_predictions';
export const VERSION = '0.1.0';
