import type { SecurityEvent } from './catalogue.ts';
import { errorCode } from './logs/error-code.ts';
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
  let backupAt: Date | undefined;
  const askBackup = async (): Promise<void> => {
    try {
      backupAt = await backup?.();
    } catch (error) {
      log.emit('telemetry.failed', { where: 'backup', code: errorCode(error) });
    }
  };
  const timer = backup === undefined ? undefined : setInterval(() => void askBackup(), BACKUP_MS).unref();
  if (backup !== undefined) void askBackup();
  const age = (date: Date): number => Math.max(0, (Date.now() - date.getTime()) / 1_000);

  meters.gauges((put) => {
    for (const [name, { least, read }] of Object.entries(floors)) {
      const value = read();
      if (value !== undefined) put('scorekeep.floor.value', value, { 'scorekeep.name': name });
      put('scorekeep.floor.least', least, { 'scorekeep.name': name });
    }
    for (const [name, { mostSeconds, read }] of Object.entries(freshness)) {
      const date = read();
      if (date !== undefined) put('scorekeep.freshness.age', age(date), { 'scorekeep.name': name });
      put('scorekeep.freshness.most', mostSeconds, { 'scorekeep.name': name });
    }
    if (backupAt !== undefined) put('scorekeep.backup.age', age(backupAt));
  });
  return () => clearInterval(timer);
}

const BACKUP_MS = 60_000;

/** Counts and logs what the host's own authentication found. */
export const securityReporter =
  (meters: Meters, log: Log) =>
  (event: SecurityEvent, fields: Fields = {}): void => {
    meters.add('scorekeep.security.events', 1, { 'scorekeep.name': event });
    log.emit(event, fields);
  };
