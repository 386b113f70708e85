import type { SecurityEvent } from './catalogue.ts';
import { createFailures } from './logs/failures.ts';
import type { Fields, Log } from './logs/log.ts';
import type { Meters } from './metrics/meters.ts';

/** A number of the host's that must not be too low, such as how many offers there are. */
export interface Floor {
  readonly least: number;
  /** Undefined while it is not known. */
  readonly read: () => number | undefined;
}

/** Data of the host's that must not be too old, such as odds. */
export interface Freshness {
  readonly mostSeconds: number;
  /** When it was last brought up to date; undefined while that is not known. */
  readonly read: () => Date | undefined;
}

/** What of the host is watched beside the pipeline. */
export interface HostSignals {
  readonly floors?: Readonly<Record<string, Floor>>;
  readonly freshness?: Readonly<Record<string, Freshness>>;
  /** When the last backup was made that can be restored; undefined when there is none. Asked once a minute. */
  readonly backup?: () => Promise<Date | undefined> | Date | undefined;
}

/** Emits the host's own figures. Ages are by this process's clock, as the dates are the host's. */
export function observeHost(
  { floors = {}, freshness = {}, backup }: HostSignals,
  meters: Meters,
  log: Log,
): () => void {
  const failed = createFailures(() => log);
  /** What one function of the host's throws must not take the gauges of all others with it. */
  const known = (where: string, read: () => number | undefined): number | undefined => {
    try {
      return read();
    } catch (error) {
      failed(where, error);
      return undefined;
    }
  };
  /** Undefined while it is not known, null when it is known that there is none. */
  let backupAt: Date | null | undefined;
  let asking = false;
  const askBackup = async (): Promise<void> => {
    if (asking) return;
    asking = true;
    try {
      backupAt = (await backup?.()) ?? null;
    } catch (error) {
      failed('backup', error);
    } finally {
      asking = false;
    }
  };
  const timer = backup === undefined ? undefined : setInterval(() => void askBackup(), BACKUP_MS).unref();
  if (backup !== undefined) void askBackup();
  const age = (date: Date): number => Math.max(0, (Date.now() - date.getTime()) / 1_000);

  meters.gauges((put) => {
    for (const [name, { least, read }] of Object.entries(floors)) {
      const value = known(`floor ${name}`, read);
      if (value !== undefined) put('scorekeep.floor.value', value, { 'scorekeep.name': name });
      put('scorekeep.floor.least', least, { 'scorekeep.name': name });
    }
    for (const [name, { mostSeconds, read }] of Object.entries(freshness)) {
      const seconds = known(`freshness ${name}`, () => {
        const date = read();
        return date && age(date);
      });
      if (seconds !== undefined) put('scorekeep.freshness.age', seconds, { 'scorekeep.name': name });
      put('scorekeep.freshness.most', mostSeconds, { 'scorekeep.name': name });
    }
    const at = backupAt;
    const backupAge = at === null ? NONE_SECONDS : at && known('backup', () => age(at));
    if (backupAge !== undefined) put('scorekeep.backup.age', backupAge);
  });
  return () => clearInterval(timer);
}

const BACKUP_MS = 60_000;

/** How old a backup is said to be that was never made: left out, no alert would miss it. */
const NONE_SECONDS = 31_536_000;

/** Counts and logs what the host's own authentication found. */
export const securityReporter =
  (meters: Meters, log: Log) =>
  (event: SecurityEvent, fields: Fields = {}): void => {
    meters.add('scorekeep.security.events', 1, { 'scorekeep.name': event });
    log.emit(event, fields);
  };
