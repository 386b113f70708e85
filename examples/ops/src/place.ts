import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { folderOf } from './state.ts';

/** The place of a host's supervisor, which one process has at a time. */
export interface Place {
  leave(): void;
}

/**
 * Takes the place; undefined when another process has it. It is a lock of SQLite's on a file, and so the operating system's own: of a
 * process that is killed nothing stays behind whose age or process id somebody would have to judge.
 */
export function takePlace(host: string): Place | undefined {
  mkdirSync(folderOf(host), { recursive: true });
  const file = new DatabaseSync(path.join(folderOf(host), 'supervisor.lock'), { timeout: RACE_MS });
  try {
    // Nothing is ever written, so there is nothing to keep a journal of beside it.
    file.exec('pragma journal_mode = memory; begin exclusive');
  } catch (error) {
    file.close();
    if ((error as { errcode?: unknown }).errcode === SQLITE_BUSY) return undefined;
    throw error;
  }
  return {
    leave() {
      if (file.isOpen) file.close();
    },
  };
}

/** Whether no process has it. */
export function isFree(host: string): boolean {
  const place = takePlace(host);
  place?.leave();
  return place !== undefined;
}

const SQLITE_BUSY = 5;

/** Exit code of a supervisor that finds its place taken. */
export const TAKEN = 3;

/** How long it is tried: of two that begin in the same moment, neither might have it. */
const RACE_MS = 1_000;
