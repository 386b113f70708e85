import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Health, HealthReport } from './health.ts';

/** What a probe may ask. */
export type Probe = 'live' | 'ready' | 'started';

/**
 * Writes the health of this process into a file once a second, for a probe that is a command: a worker without HTTP is
 * asked by `scorekeep-observability probe <file> live`. A process whose event loop is stuck stops writing, which the probe
 * notices.
 *
 * @returns ends the writing
 */
export function writeHealth(health: Health, file: string): () => void {
  const write = (): void => {
    const { live, ready, started } = health.report();
    // Renamed into place: a probe never reads half of it.
    writeFileSync(`${file}.${process.pid}`, JSON.stringify({ live, ready, started, at: Date.now() }));
    renameSync(`${file}.${process.pid}`, file);
  };
  // A file that cannot be written at all is a mistake of whoever named it.
  write();
  const timer = setInterval(() => {
    try {
      write();
    } catch {
      // A disk that is full ends no process by itself: the probe sees that the file stands still.
    }
  }, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

const EVERY_MS = 1_000;
/** After this the process is taken to be stuck. */
const STALE_MS = 10_000;

/**
 * Whether the file says so, and not too long ago. Both clocks are those of one machine; if it was set back, what seems to be
 * of the future is as old as it seems to be young.
 */
export function readProbe(file: string, probe: Probe): boolean {
  try {
    const said = JSON.parse(readFileSync(file, 'utf8')) as Partial<HealthReport> & { at?: number };
    return said[probe] === true && Math.abs(Date.now() - (said.at ?? 0)) < STALE_MS;
  } catch {
    return false;
  }
}
