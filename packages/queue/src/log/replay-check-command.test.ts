import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { replayCheckCommand } from './replay-check-command.ts';

const MODULE = 'packages/core/src/events/testing/room.ts#room';
const HISTORY = 'packages/core/src/events/testing/histories/room-7.json';
const folder = mkdtempSync(path.join(tmpdir(), 'scorekeep-histories-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const printed = { out: '', err: '' };
  const code = await replayCheckCommand(args, {
    out: (text) => {
      printed.out += text;
    },
    err: (text) => {
      printed.err += text;
    },
  });
  return { code, ...printed };
}

test('a committed history that folds as it did ends with 0', async () => {
  expect(await run(MODULE, HISTORY)).toEqual({ code: 0, out: 'room: 1 streams, 10 events, 0 differ\n', err: '' });
});

test('a state that differs ends with 1 and names the stream and the version', async () => {
  const history = JSON.parse(readFileSync(HISTORY, 'utf8'));
  history.states[5].hash = '0'.repeat(64);
  const file = path.join(folder, 'other.json');
  writeFileSync(file, JSON.stringify(history));
  const { code, err } = await run(MODULE, HISTORY, file);
  expect({ code, err }).toEqual({ code: 1, err: 'room-7: the same up to version 5, another state at version 6\n' });
});

test.each([
  [[], 'Usage'],
  [[MODULE], 'Usage'],
  [[MODULE, 'nowhere.json'], 'ENOENT'],
  [[`${MODULE}s`, HISTORY], 'exports no decider as "rooms"'],
])('%j cannot be compared, and ends with 2', async (args, message) => {
  const { code, err } = await run(...args);
  expect(code).toBe(2);
  expect(err).toContain(message);
});
