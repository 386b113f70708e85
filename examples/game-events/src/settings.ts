import { integer, oneOf, optionalText } from '@scorekeep/example-host/environment';
import { poolSize } from '@scorekeep/example-host/settings';

/** What this host reads from its environment beside what every host reads. */
export const SETTINGS = {
  /** Each of three jobs, one to look for workers that died, and two for batches of events and everything else. */
  poolSize: poolSize(6),
  /** `direct` processes events before their request is answered, and needs no worker. */
  processing: oneOf('EVENT_PROCESSING', ['queue', 'direct'], 'queue'),
  /** Days that the lines of processed events are kept; statistics go back as far. */
  retentionDays: integer('EVENT_RETENTION_DAYS', { least: 1, most: 3_650, otherwise: 30 }),
  /** 2 is the next release of the events; both releases can run at once, and the old one leaves events of the new one to it. */
  gameEndedVersion: integer('GAME_ENDED_VERSION', { least: 1, most: 2, otherwise: 1 }),
  /** The guide's. There is no Redis: it is told at the start that it does nothing. */
  redisUrl: optionalText('REDIS_URL'),
} as const;
