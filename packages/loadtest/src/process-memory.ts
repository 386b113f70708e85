import { readFileSync } from 'node:fs';

/** Bytes of memory that a process holds (its resident set), from /proc, so on Linux; NaN elsewhere, and for one that is gone. */
export function memoryOf(pid: number): number {
  try {
    return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return Number.NaN;
  }
}
