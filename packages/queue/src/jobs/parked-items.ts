import { classifyError, codeOf } from '../postgres/classify-error.ts';
import type { Registered } from '../projections/register.ts';
import type { Fold } from '../slices/fold.ts';
import { type ParkedItem, queuesOf } from './boss.ts';
import type { AnyJob } from './keep-jobs.ts';
import { safeCode, Unfinished } from './outcome.ts';

/**
 * The parked items of a projection over a table, as a job: each is tried again in a transaction of its own, which scores or
 * refuses it and acknowledges it, with the retries, crash counts, pauses and dead letters that all jobs have.
 */
export function parkedItems({ label, target }: Registered, fold: Fold): AnyJob {
  const { parked, dead } = queuesOf(label);
  return Object.freeze({
    name: `parked items of ${label}`,
    queue: parked,
    deadQueue: dead,
    bare: true,
    definition: {
      retry: { limit: RETRIES, delay: 1, delayMax: 60 },
      run: async ({ key }: ParkedItem, { tx }) => {
        const scope = Object.fromEntries(target.table.key.map(({ name }, i) => [name, key[i] ?? '']));
        try {
          await fold.lock(tx);
          await fold.apply(tx, ['parked'], { lo: null, hi: null, after: null, upTo: null, scope });
        } catch (error) {
          if (classifyError(error) !== 'broken') throw error;
          // Somebody has to mend the schema, the rights or the program first, so the item is not charged.
          return new Unfinished('later', safeCode(codeOf(error)), NOT_ITS_FAULT_SECONDS);
        }
      },
    },
  } satisfies AnyJob);
}

/** A parked item is tried once more and then so many times again, each later than the last, before it is dead-lettered. */
const RETRIES = 3;
const NOT_ITS_FAULT_SECONDS = 5;
