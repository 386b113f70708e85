import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LoadtestError } from '../loadtest-error.ts';

export interface K6Options {
  readonly suite: string;
  /** What the suite is told. In the environment: arguments are everybody's to read, and AUTHORIZATION is a secret. */
  readonly env: Readonly<Record<string, string>>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/**
 * Runs a suite with k6 and without the network beyond the service: no extension is fetched, nothing is reported.
 *
 * @returns 0 when all thresholds are kept, 1 when one is missed, 2 when k6 could not run the suite
 * @throws LoadtestError `ENVIRONMENT_MISSING` when there is no k6: what was asked for is never skipped
 */
export async function runK6({ suite, env, out, err }: K6Options): Promise<number> {
  const child = spawn('k6', ['run', '--quiet', '--no-color', '--include-system-env-vars', suiteFile(suite)], {
    env: { ...process.env, ...env, K6_AUTO_EXTENSION_RESOLUTION: 'false', K6_NO_USAGE_REPORT: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.on('data', (data: Buffer) => out(data.toString()));
  child.stderr.on('data', (data: Buffer) => err(data.toString()));
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return exitCodeOfK6(code);
  } catch (cause) {
    const message =
      'k6 is not on the path. No npm package has it: https://grafana.com/docs/k6/latest/set-up/install-k6/, or in a workflow grafana/setup-k6-action';
    throw new LoadtestError('ENVIRONMENT_MISSING', message, { suite }, { cause });
  }
}

/** 99 says that a threshold was missed, 110 that the script called the run failed; all else that it did not run. */
export const exitCodeOfK6 = (code: number | null): number => (code === 0 ? 0 : code === 99 || code === 110 ? 1 : 2);

/** One bundled file in the build; k6 takes the source as it is. */
function suiteFile(suite: string): string {
  const source = fileURLToPath(new URL(`../../suites/${suite}.ts`, import.meta.url));
  return existsSync(source) ? source : fileURLToPath(new URL(`./k6/${suite}.js`, import.meta.url));
}
