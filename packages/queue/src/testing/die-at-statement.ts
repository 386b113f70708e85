import pg from 'pg';

/**
 * Has this process kill itself with SIGKILL before it sends its n-th statement after it is ready, whatever that is; n is the
 * environment's `DRILL_KILL_AT_STATEMENT`.
 *
 * @returns says that it is ready
 */
export function dieAtStatement(): () => void {
  const last = Number(process.env['DRILL_KILL_AT_STATEMENT'] ?? 0);
  let ready = false;
  let statements = 0;
  if (last > 0) {
    const query = pg.Client.prototype.query;
    pg.Client.prototype.query = function (this: pg.Client, ...sent: unknown[]) {
      if (ready && ++statements === last) process.kill(process.pid, 'SIGKILL');
      return Reflect.apply(query, this, sent);
    } as typeof query;
  }
  return () => {
    ready = true;
  };
}
