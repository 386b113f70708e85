import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { LoadtestError } from '../loadtest-error.ts';

/** @throws LoadtestError `FILE_UNREADABLE` */
export const readText = (file: string): string => attempt(file, 'read', () => readFileSync(file, 'utf8'));

/** The text of a file; undefined when there is none. @throws LoadtestError `FILE_UNREADABLE` when it cannot be read */
export const readTextIfAny = (file: string): string | undefined => (existsSync(file) ? readText(file) : undefined);

/** @throws LoadtestError `FILE_UNREADABLE` */
export const writeText = (file: string, text: string): void => attempt(file, 'write', () => writeFileSync(file, text));

/** @throws LoadtestError `FILE_UNREADABLE` */
export const appendText = (file: string, text: string): void =>
  attempt(file, 'write', () => appendFileSync(file, text));

/** @throws LoadtestError `FILE_UNREADABLE` */
export const makeFolder = (folder: string): void =>
  attempt(folder, 'write', () => void mkdirSync(folder, { recursive: true }));

function attempt<Value>(file: string, verb: string, action: () => Value): Value {
  try {
    return action();
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new LoadtestError('FILE_UNREADABLE', `Cannot ${verb} ${file}: ${why}`, { file }, { cause });
  }
}
