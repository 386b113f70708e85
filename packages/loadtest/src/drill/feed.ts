import { setTimeout as wait } from 'node:timers/promises';
import type { Job, Keep } from '@scorekeep/queue';

/** Enqueues jobs that are numbered from 0. */
export interface Feed {
  /** Ids of all that receipts said were accepted, by their number. */
  readonly accepted: readonly string[];
  enqueue(count: number): Promise<void>;
  /** Enqueues as many more whenever fewer are left, until it is aborted: whatever befalls the workers is to find them at work. */
  keepUp(least: number, until: AbortSignal, onLook?: (done: number, accepted: number) => void): Promise<void>;
}

export function feedOf(keep: Keep, job: Job<{ readonly n: number }>): Feed {
  const accepted: string[] = [];
  const enqueue = async (count: number): Promise<void> => {
    for (let left = count; left > 0; left -= PORTION) {
      const payloads = Array.from({ length: Math.min(left, PORTION) }, (_, i) => ({ n: accepted.length + i }));
      const receipts = await keep.enqueueAll(job, payloads);
      accepted.push(...receipts.flatMap((receipt) => (receipt.state === 'accepted' ? [receipt.id] : [])));
    }
  };
  return {
    accepted,
    enqueue,
    async keepUp(least, until, onLook) {
      while (!until.aborted) {
        const { waiting } = await keep.jobStatus(job);
        onLook?.(accepted.length - waiting, accepted.length);
        if (waiting < least) await enqueue(least);
        await wait(LOOK_MS);
      }
    },
  };
}

/** Jobs in one statement. */
const PORTION = 500;
const LOOK_MS = 100;
