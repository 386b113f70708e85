import { type Facts, subscribe } from '@scorekeep/queue';
import { createFailures } from './logs/failures.ts';
import type { Log } from './logs/log.ts';

/** Hears facts until {@link Ears.stop}. */
export interface Ears {
  on<Name extends keyof Facts>(name: Name, hear: (fact: Facts[Name]) => void): void;
  stop(): void;
}

/**
 * Subscribes in a way that harms nothing: what a subscriber of `diagnostics_channel` throws ends the process, and no
 * figure is worth that. It is logged instead.
 */
export function createEars(log: () => Log): Ears {
  const ends: (() => void)[] = [];
  const failed = createFailures(log);
  return {
    on(name, hear) {
      ends.push(
        subscribe(name, (fact) => {
          try {
            hear(fact);
          } catch (error) {
            failed(name, error);
          }
        }),
      );
    },
    stop() {
      for (const end of ends.splice(0)) end();
    },
  };
}
