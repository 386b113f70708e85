import { parseArgs } from 'node:util';
import { ask, type Started, startHost } from './start-host.ts';

/** A host that shows itself. */
export interface Tour {
  readonly name: string;
  readonly main: URL;
  /** What it shows, for `--help`. */
  readonly about: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** It brings a Postgres of its own, whatever DATABASE_URL says; where that is, is in `environment`. */
  readonly bringsPostgres?: boolean;
  /** What is shown; throws when something is not as it should be. */
  readonly show: (guide: Guide) => Promise<void>;
}

/** What a tour shows with. */
export interface Guide {
  readonly app: Started;
  /** A heading. */
  title(text: string): void;
  /** A line. */
  say(text: string): void;
  /** Asks the host, prints request and answer, and answers the answer; throws when the status is not the expected one. */
  ask(request: string, options?: GuideOptions): Promise<Record<string, unknown>>;
}

/** How a guide asks. */
export interface GuideOptions {
  readonly token?: string;
  readonly body?: unknown;
  /** In place of the body, where that would fill the screen. */
  readonly shown?: string;
  /** Default 200. */
  readonly status?: number;
  /** Members of the answer to print; default all. */
  readonly only?: readonly string[];
  /** In place of the answer: lines of it. */
  readonly lines?: (answer: Readonly<Record<string, unknown>>) => readonly string[];
}

/**
 * Starts the host with one command on a Postgres of its own, or on the one in DATABASE_URL, shows it working, and stops it. Exit code 0
 * when everything was as it should be, 1 when not, 2 for arguments that are none. On a terminal, or with `--serve`, it goes
 * on serving until Ctrl-C.
 */
export async function runTour(tour: Tour): Promise<void> {
  const options = read(process.argv.slice(2));
  if (typeof options === 'string') {
    process.stderr.write(`${options}\n`);
    process.exit(2);
  }
  if (options.help) {
    process.stdout.write(HELP(tour));
    return;
  }
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  const told = new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
  });
  const given = tour.bringsPostgres ? '' : (process.env['DATABASE_URL'] ?? '');
  say(`Starting ${tour.name} on ${given === '' ? 'a Postgres of its own' : 'the Postgres in DATABASE_URL'} …`);
  const app = await startHost(tour.main, {
    ...(given === '' ? {} : { DATABASE_URL: given }),
    ...tour.environment,
    OTP_DELIVERY: 'response',
    PORT: options.port,
  });
  try {
    say(`  ${app.url}, metrics and health at ${app.metrics}`);
    const shown = tour.show(guideOf(app, say));
    await Promise.race([shown, told]);
    if (options.serve) {
      say(`\nServing at ${app.url} until Ctrl-C.`);
      await told;
    }
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`${(error as Error).message}\n`);
  } finally {
    await app.end('SIGTERM');
  }
}

function read(args: readonly string[]): { serve: boolean; help: boolean; port: string } | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        serve: { type: 'boolean', default: process.stdout.isTTY === true },
        port: { type: 'string', default: '0' },
        help: { type: 'boolean', short: 'h', default: false },
      },
      allowNegative: true,
    });
    if (/^\d{1,5}$/.test(values.port) && Number(values.port) < 65_536) return values;
    return `--port must be a whole number from 0 to 65535, got ${JSON.stringify(values.port)}.`;
  } catch (error) {
    return `${(error as Error).message.split(/\.\s/)[0]}. See --help.`;
  }
}

const HELP = ({ name, about, bringsPostgres }: Tour): string => `${about}

  npm run demo -- ${name} [options]

  --serve      goes on serving until Ctrl-C; so it does on a terminal (--no-serve: not)
  --port N     where to serve                                  (any free port)
  --help       this

${bringsPostgres ? 'It starts a Postgres of its own.' : 'DATABASE_URL takes the place of the Postgres that is started otherwise.'} Exit code 0
when all was as it should be, 1 when something was not, 2 for arguments that are none.
`;

function guideOf(app: Started, say: (text: string) => void): Guide {
  return {
    app,
    say: (text) => say(`  ${text}`),
    title: (text) => say(`\n${text}`),
    async ask(request, { token, body, shown, status = 200, only, lines } = {}) {
      const [method = 'GET', path = '/'] = request.split(' ');
      const answer = await ask(`${app.url}${path}`, { method, token, body });
      const sent = shown ?? (body === undefined ? '' : JSON.stringify(body));
      const members = Object.entries(answer.body as Record<string, unknown>);
      const told = Object.fromEntries(members.filter(([name]) => only === undefined || only.includes(name)));
      say(`  ${request} ${clip(sent)}`.trimEnd());
      say(`    ${answer.status} ${lines === undefined ? clip(JSON.stringify(told)) : ''}`.trimEnd());
      for (const line of lines?.(Object.fromEntries(members)) ?? []) say(`      ${line}`);
      if (answer.status !== status)
        throw new Error(`${request} was answered with ${answer.status} instead of ${status}.`);
      return Object.fromEntries(members);
    },
  };
}

const clip = (text: string): string => (text.length > LINE ? `${text.slice(0, LINE)} …` : text);
const LINE = 160;
