import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { EffectiveSettings } from '../database/effective-settings.ts';
import { LoadtestError } from '../loadtest-error.ts';

/** The host of events, running. */
export interface HostProcess {
  readonly url: string;
  /** Bytes that its process held when it last said so, which it does each second. */
  memory(): number;
  /** What it runs with, as it read it back. */
  readonly effective: EffectiveSettings;
  stop(): Promise<void>;
}

/** What the process says, first when it serves. */
interface Said {
  readonly port: number;
  readonly effective: EffectiveSettings;
  readonly memory: number;
}

export interface StartHostOptions {
  /** Whether it collects its garbage each time before it says what it holds: then a trend is one of what lives on. */
  readonly collects?: boolean;
}

/** Starts the small host on a database. @throws LoadtestError `RUN_FAILED` */
export async function startHost(
  databaseUrl: string,
  { collects = false }: StartHostOptions = {},
): Promise<HostProcess> {
  const own = fileURLToPath(new URL('./host.ts', import.meta.url));
  const file = existsSync(own) ? own : fileURLToPath(new URL('./events-host.js', import.meta.url));
  const child = fork(file, {
    env: { ...process.env, SCOREKEEP_LOADTEST_URL: databaseUrl },
    ...(collects ? { execArgv: [...process.execArgv, '--expose-gc'] } : {}),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const said = await Promise.race([once(child, 'message'), exited.then(() => undefined)]);
  if (said === undefined) throw new LoadtestError('RUN_FAILED', 'The host of events did not start; its error is above');
  const [{ port, effective, memory }] = said as [Said];
  let held = memory;
  child.on('message', (now: Said) => {
    held = now.memory;
  });
  return {
    url: `http://127.0.0.1:${port}`,
    memory: () => held,
    effective,
    async stop() {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 30_000);
      await exited;
      clearTimeout(late);
    },
  };
}
