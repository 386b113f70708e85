import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Facts } from '@scorekeep/queue';
import type { ComingFacts } from './coming-facts.ts';
import { errorCode } from './logs/error-code.ts';
import type { Log } from './logs/log.ts';

type Heard = Facts & ComingFacts;

/** Hears facts until {@link Ears.stop}. */
export interface Ears {
  on<Name extends keyof Heard>(name: Name, hear: (fact: Heard[Name]) => void): void;
  stop(): void;
}

/**
 * Subscribes in a way that harms nothing: what a subscriber of `diagnostics_channel` throws ends the process, and no
 * figure is worth that. It is logged instead.
 */
export function createEars(log: () => Log): Ears {
  const ends: (() => void)[] = [];
  return {
    on(name, hear) {
      const onMessage = (fact: unknown): void => {
        try {
          hear(fact as Heard[typeof name]);
        } catch (error) {
          log().emit('telemetry.failed', { where: name, code: errorCode(error) });
        }
      };
      subscribe(`scorekeep.${name}`, onMessage);
      ends.push(() => unsubscribe(`scorekeep.${name}`, onMessage));
    },
    stop() {
      for (const end of ends.splice(0)) end();
    },
  };
}
