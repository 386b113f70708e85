import { readdirSync, readFileSync } from 'node:fs';

/**
 * CPU time that a process and everything it started have used so far, in seconds, to 10 ms: those that run, and those
 * that ended and were waited for. From /proc, so on Linux; NaN elsewhere.
 *
 * @param pid a server's first process, such as the postmaster
 */
export function cpuSecondsOf(pid: number): number {
  let ticks = 0;
  const children = childrenByParent();
  const pending = [pid];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const times = statOf(next);
    if (times === undefined) continue;
    ticks += times.own + times.reaped;
    pending.push(...(children.get(next) ?? []));
  }
  return ticks === 0 ? Number.NaN : ticks / TICKS_PER_SECOND;
}

/** USER_HZ, which Linux fixes for /proc whatever the kernel's own clock is. */
const TICKS_PER_SECOND = 100;

interface Stat {
  readonly parent: number;
  readonly own: number;
  readonly reaped: number;
}

/** proc(5): after the command in brackets, field 4 is the parent; 14 to 17 are utime, stime, cutime, cstime. */
function statOf(pid: number | string): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const at = (field: number): number => fields[field - 3] ?? 0;
    return { parent: at(4), own: at(14) + at(15), reaped: at(16) + at(17) };
  } catch {
    return undefined; // ended meanwhile
  }
}

function childrenByParent(): Map<number, number[]> {
  const children = new Map<number, number[]>();
  const processes = ((): string[] => {
    try {
      return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    } catch {
      return [];
    }
  })();
  for (const pid of processes) {
    const parent = statOf(pid)?.parent;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(pid)]);
  }
  return children;
}
