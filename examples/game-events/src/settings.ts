import { integer, oneOf, optionalText } from '@scorekeep/example-host';

/** What this host reads from its environment beside what every host reads. */
export const SETTINGS = {
  /** `direct` processes events before their request is answered, and needs no worker. */
  processing: oneOf('EVENT_PROCESSING', ['queue', 'direct'], 'queue'),
  /** Days that the lines of processed events are kept; statistics go back as far. */
  retentionDays: integer('EVENT_RETENTION_DAYS', { least: 1, most: 3_650, otherwise: 30 }),
  /** The guide's. There is no Redis: it is told at the start that it does nothing. */
  redisUrl: optionalText('REDIS_URL'),
} as const;
