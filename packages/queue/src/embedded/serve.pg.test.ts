import { cpSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findBinaries } from './find-binaries.ts';
import { type Ready, serve } from './serve.ts';
import { place } from './testing/place.ts';

test('serves from binaries and a directory that only we may enter', async () => {
  const closed = place(0o700);
  const { native, version } = findBinaries();
  const binaries = { native: path.join(closed, 'native'), version: `${version}-closed-${process.pid}` };
  cpSync(native, binaries.native, { recursive: true, verbatimSymlinks: true });
  const copy = path.join(tmpdir(), `scorekeep-postgres-${process.platform}-${process.arch}-${binaries.version}`);
  onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
  const leave = new AbortController();
  const directory = path.join(closed, 'database');
  const ready: Ready[] = [];
  await serve({ binaries, directory, durable: false, settings: {}, timeout: 60_000 }, leave.signal, (server) => {
    ready.push(server);
    leave.abort();
  });
  expect(ready).toHaveLength(1);
  expect(readdirSync(directory).sort()).toEqual(['data', 'password']);
});
