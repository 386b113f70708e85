import { type Job, job, type Keep, type LoggedEvent, type Sql } from '@scorekeep/queue';
import { z } from 'zod';
import { priorityOf } from '../event-types/index.ts';
import { applyEffects } from './apply-effects.ts';
import { attempt } from './apply-or-park.ts';
import { assertKnown, effectOf } from './effect.ts';
import { game } from './game-log.ts';

/** Where an event that failed is to be found; its payload stays in the log. */
const Place = z.object({ shard: z.int().min(0), position: z.int().min(1), type: z.string() });
type Place = z.infer<typeof Place>;

export type RetryEvent = Job<Place, Place>;

/**
 * The job of an event that failed: the second attempt after 2 seconds, the third after 4 more, then the dead letters, from
 * where it can be sent back. Events that matter more go first.
 */
export function retryEvent(keep: Keep): RetryEvent {
  return job('retry-event', {
    schema: Place,
    unique: ({ shard, position }) => `${shard}/${position}`,
    priority: ({ type }) => priorityOf(type),
    retry: { limit: 1, delay: SECOND_DELAY, backoff: true },
    run: async ({ shard, position }, context) => {
      const number = context.attempt + 2;
      const [event] = await keep.logs.read(game, { shard, after: position - 1, to: position, limit: 1 });
      if (event === undefined) return;
      assertKnown([event]);
      const code = await tryAgain(context.tx, event, number);
      if (code === undefined) return;
      // Beside the job's own transaction, which is undone. The number is set and not added: saying it twice is no harm.
      await keep.transaction((tx) =>
        tx.query(
          `update events set processing_attempts = $3, processing_error = $4
           where shard = $1 and position = $2 and processed_at is null`,
          [shard, position, number, code],
        ),
      );
      throw Object.assign(new Error('An event failed again.'), { code });
    },
  });
}

const tryAgain = (tx: Sql, event: LoggedEvent, number: number): Promise<string | undefined> =>
  attempt(tx, async () => {
    const { rows } = await tx.query('select processed_at from events where shard = $1 and position = $2 for update', [
      event.shard,
      event.position,
    ]);
    // Otherwise somebody saw to it meanwhile.
    if (rows[0]?.['processed_at'] == null) await applyEffects(tx, [effectOf(event)], number);
  });

/** Seconds to the second attempt, and, doubled, to the third. */
export const FIRST_DELAY = 2;
const SECOND_DELAY = 4;
