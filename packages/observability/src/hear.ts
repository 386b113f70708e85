import { type Facts, subscribe } from '@scorekeep/queue';
import { errorCode } from './logs/error-code.ts';
import type { Log } from './logs/log.ts';
import { createRepeats } from './logs/repeated.ts';

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
  const repeats = createRepeats();
  return {
    on(name, hear) {
      ends.push(
        subscribe(name, (fact) => {
          try {
            hear(fact);
          } catch (error) {
            const code = errorCode(error);
            const repeated = repeats(`${name} ${code}`, performance.now());
            if (repeated !== undefined) log().emit('telemetry.failed', { where: name, code, repeated });
          }
        }),
      );
    },
    stop() {
      for (const end of ends.splice(0)) end();
    },
  };
}
