import { main } from '../main.ts';

/** Runs a command in this process; gives what it prints and what it ends with. */
export async function runMain(...args: readonly string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const printed = { stdout: '', stderr: '' };
  const status = await main(args, {
    out: (text) => {
      printed.stdout += text;
    },
    err: (text) => {
      printed.stderr += text;
    },
    env: {},
  });
  return { status, ...printed };
}
