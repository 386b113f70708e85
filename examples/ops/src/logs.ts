import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Command } from './options.ts';
import { logOf } from './state.ts';

/** Prints the last lines of the logs, each line with the name of its part, and goes on with `follow`. */
export async function showLogs({ host, parts, lines, follow }: Extract<Command, { kind: 'logs' }>): Promise<number> {
  const read = parts.filter((part) => existsSync(logOf(host, part)));
  if (read.length === 0) {
    process.stderr.write(`There is no log of ${host} yet.\n`);
    return 1;
  }
  const places = new Map<string, number>();
  for (const part of read) {
    const { text, end } = readFrom(logOf(host, part), undefined);
    places.set(part, end);
    print(part, lines === 0 ? [] : text.split('\n').filter(Boolean).slice(-lines));
  }
  while (follow) {
    await new Promise((resolve) => setTimeout(resolve, FOLLOW_MS));
    for (const part of read) {
      const { text, end } = readFrom(logOf(host, part), places.get(part));
      // Half a line waits for its other half.
      const whole = text.slice(0, text.lastIndexOf('\n') + 1);
      places.set(part, end - Buffer.byteLength(text) + Buffer.byteLength(whole));
      print(part, whole.split('\n').filter(Boolean));
    }
  }
  return 0;
}

const FOLLOW_MS = 250;
/** Of a log that has grown for months only the end is read. */
const TAIL_BYTES = 4 * 1024 * 1024;

function print(part: string, lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${part.padEnd(8)} | ${line}\n`);
}

function readFrom(file: string, from: number | undefined): { text: string; end: number } {
  const handle = openSync(file, 'r');
  try {
    const { size } = fstatSync(handle);
    const start = from ?? Math.max(0, size - TAIL_BYTES);
    const buffer = Buffer.alloc(Math.max(0, size - start));
    const length = readSync(handle, buffer, 0, buffer.length, start);
    return { text: buffer.toString('utf8', 0, length), end: start + length };
  } finally {
    closeSync(handle);
  }
}
