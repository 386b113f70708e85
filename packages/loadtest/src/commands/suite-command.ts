import { Argument, Command } from 'commander';
import { amount } from '../report/amount.ts';
import { type ClosedModel, type ClosedModelOptions, closedModel } from '../suites/closed-model.ts';
import { runK6 } from '../suites/run-k6.ts';
import { SUITES, type SuiteName } from '../suites/suites.ts';
import type { CommandContext, Io } from './io.ts';
import { environment } from './options.ts';

interface SuiteArguments {
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  readonly json: boolean;
}

/** `suite`: loads a service by its URL. Exits 1 when it did not stand it, 5 when k6 is needed and missing. */
export const suiteCommand = ({ io, done }: CommandContext): Command =>
  new Command('suite')
    .description('load a service by its URL, with k6 (constant rates) or autocannon (closed model)')
    .addArgument(new Argument('<name>', 'what is sent').choices(Object.keys(SUITES)))
    .requiredOption('--url <url>', 'the service, such as http://127.0.0.1:3000')
    .option(
      '-e, --env <NAME=value>',
      'EVENTS_PATH, EVENT_BODY, RATE, SECONDS, …; repeatable; the environment has the same',
      environment,
      {},
    )
    .option('--json', 'print JSON', false)
    .action(async (name: SuiteName, { url, env, json }: SuiteArguments) => {
      const closed = CLOSED.find((known) => known === name);
      const run =
        closed === undefined
          ? runK6({ suite: name, env: { ...env, BASE_URL: url }, out: io.out, err: io.err })
          : loadClosed(io, name, SHAPES[closed], url, env, json);
      done(await run);
    });

async function loadClosed(
  io: Io,
  name: SuiteName,
  shape: Shape,
  base: string,
  env: Readonly<Record<string, string>>,
  json: boolean,
): Promise<number> {
  const told = { ...io.env, ...env };
  const url = `${base.replace(/\/$/, '')}${told['EVENTS_PATH'] ?? '/events'}`;
  const { EVENT_BODY: body, AUTHORIZATION: authorization } = told;
  const measured = await closedModel({ url, body, authorization, ...shape });
  io.out(json ? `${JSON.stringify({ version: 1, suite: name, ...measured }, null, 2)}\n` : textOf(name, measured));
  return measured.errors > 0 || Object.keys(measured.status).some((code) => !code.startsWith('2')) ? 1 : 0;
}

const CLOSED = ['saturation', 'burst-100', 'load-2000'] as const;

type Shape = Pick<ClosedModelOptions, 'connections' | 'events' | 'until'>;

const SHAPES: Readonly<Record<(typeof CLOSED)[number], Shape>> = {
  saturation: { connections: 100, until: { seconds: 10 } },
  'burst-100': { connections: 100, until: { requests: 100 } },
  'load-2000': { connections: 10, events: 2, until: { requests: 1000 } },
};

function textOf(name: string, { requests, perSecond, status, errors, latencyMs }: ClosedModel): string {
  const codes = Object.entries(status).map(([code, count]) => `${amount(count)} × ${code}`);
  return `${name}: ${amount(requests)} requests, ${amount(perSecond)} a second; ${codes.join(', ')}; ${amount(errors)} errors; p50 ${latencyMs.p50} ms, p99 ${latencyMs.p99} ms, max ${latencyMs.max} ms\n`;
}
