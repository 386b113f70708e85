import { subscribe } from 'node:diagnostics_channel';

/**
 * Has this process kill itself with SIGKILL right where a fact is published; which one, and the how many-th of it, is the environment's
 * `DRILL_KILL_AT`, such as `projection.written#2`.
 */
export function dieAtFact(): void {
  const [fact, nth] = (process.env['DRILL_KILL_AT'] ?? '').split('#');
  let seen = 0;
  if (!fact) return;
  subscribe(`scorekeep.${fact}`, () => {
    if (++seen === Number(nth ?? 1)) process.kill(process.pid, 'SIGKILL');
  });
}
