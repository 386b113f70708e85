import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';

/** What can be run and watched: one app, several workers, and the Postgres where none is given. */
const PARTS = ['app', 'worker', 'postgres'] as const;
type Part = (typeof PARTS)[number];

/** What was asked for. */
export type Command =
  | {
      readonly kind: 'up';
      readonly host: string;
      readonly workers: number | undefined;
      readonly port: number | undefined;
    }
  | { readonly kind: 'down' | 'status'; readonly host: string; readonly json: boolean }
  | { readonly kind: 'url'; readonly host: string }
  | { readonly kind: 'restart'; readonly host: string; readonly parts: readonly Exclude<Part, 'postgres'>[] }
  | { readonly kind: 'scale'; readonly host: string; readonly workers: number }
  | {
      readonly kind: 'logs';
      readonly host: string;
      readonly parts: readonly Part[];
      readonly lines: number;
      readonly follow: boolean;
    }
  | { readonly kind: 'reset'; readonly host: string; readonly yes: boolean };

/** A command, a wish for help, or what is wrong with the arguments. */
export type Parsed =
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'help' }
  | { readonly kind: 'invalid'; readonly message: string };

/** Reads the command line; `isHost` says which hosts there are. */
export function parseCommand(args: readonly string[], isHost: (name: string) => boolean = hasHost): Parsed {
  const invalid = (message: string): Parsed => ({ kind: 'invalid', message: `${message} See --help.` });
  let given: ReturnType<typeof split>;
  try {
    given = split(args);
  } catch (error) {
    return invalid(`${(error as Error).message.split(/\.\s/)[0]}.`);
  }
  const { values, positionals } = given;
  if (values.help) return { kind: 'help' };
  const [host, kind, ...rest] = positionals;
  if (host === undefined || !isHost(host)) return invalid(`The first argument is a host, got ${shown(host)}.`);
  const known = kind !== undefined && Object.hasOwn(ALLOWED, kind) ? ALLOWED[kind as Command['kind']] : undefined;
  if (known === undefined) {
    return invalid(`The second argument is one of ${Object.keys(ALLOWED).join(', ')}, got ${shown(kind)}.`);
  }
  const odd = Object.keys(values).find((name) => !known.options.includes(name));
  if (odd !== undefined) return invalid(`${kind} does not take --${odd}.`);
  const strange = rest.find((word) => !known.words.test(word));
  if (strange !== undefined || rest.length > known.most) {
    return invalid(`${kind} does not take ${shown(strange ?? rest.at(-1))}.`);
  }
  const workers = count(kind === 'scale' ? rest[0]?.replace('worker=', '') : values.workers, WORKERS_MAX);
  const [port, lines] = [count(values.port, 65_535), count(values.lines, LINES_MAX)];
  if (workers === null || (kind === 'scale' && workers === undefined)) {
    return invalid(`The number of workers is 0 to ${WORKERS_MAX}.`);
  }
  if (port === null) return invalid('--port is a whole number from 0 to 65535.');
  if (lines === null) return invalid(`--lines is a whole number from 0 to ${LINES_MAX}.`);
  return {
    kind: 'command',
    command: commandOf(kind as Command['kind'], host, rest, { ...values, workers, port, lines }),
  };
}

function commandOf(
  kind: Command['kind'],
  host: string,
  rest: readonly string[],
  { workers, port, lines = 50, json = false, follow = false, yes = false }: Values,
): Command {
  const parts = rest as Part[];
  if (kind === 'up') return { kind, host, workers, port };
  if (kind === 'scale') return { kind, host, workers: workers ?? 0 };
  if (kind === 'restart') {
    const which = parts.filter((part) => part !== 'postgres');
    return { kind, host, parts: which.length === 0 ? ['app', 'worker'] : which };
  }
  if (kind === 'logs') return { kind, host, parts: parts.length === 0 ? PARTS : parts, lines, follow };
  if (kind === 'reset') return { kind, host, yes };
  if (kind === 'url') return { kind, host };
  return { kind, host, json };
}

interface Values {
  readonly workers: number | undefined;
  readonly port: number | undefined;
  readonly lines: number | undefined;
  readonly json?: boolean;
  readonly follow?: boolean;
  readonly yes?: boolean;
}

/** What each command takes: options, and words after its name. */
const NOTHING = /^$/;
const ALLOWED: Readonly<Record<Command['kind'], { options: readonly string[]; words: RegExp; most: number }>> = {
  up: { options: ['workers', 'port'], words: NOTHING, most: 0 },
  down: { options: ['json'], words: NOTHING, most: 0 },
  restart: { options: [], words: /^(app|worker)$/, most: 2 },
  scale: { options: [], words: /^(worker=)?\d+$/, most: 1 },
  status: { options: ['json'], words: NOTHING, most: 0 },
  logs: { options: ['lines', 'follow'], words: /^(app|worker|postgres)$/, most: 3 },
  reset: { options: ['yes'], words: NOTHING, most: 0 },
  url: { options: [], words: NOTHING, most: 0 },
};

export const HELP = `Runs a host on this machine, without Docker: its app, its workers, and a Postgres
that keeps its data, unless DATABASE_URL names one.

  npm run ops -- <host> <command>

  up [--workers N] [--port N]   starts what does not run, with this environment (3 workers, PORT or 3000)
  scale N                       so many workers, 0 to 64; as docker compose has it, worker=N
  restart [app] [worker]        one after the other, the new one before the old one: no request fails meanwhile.
                                What this command's environment says is taken over, the rest stays
  status [--json]               what runs, since when, how often it was started again, and connections
  logs [app] [worker] [postgres] [--lines N] [--follow]
  down                          ends all: requests and work under way are finished; data stay
  reset --yes                   ends all and deletes the data of the embedded Postgres
  url                           where its Postgres is, with the password: psql "$(npm run -s ops -- <host> url)"
  --help                        this

Exit code 0 when it is done, 1 when it could not be done or, for status, not
everything runs, 2 for arguments that are none.
`;

const WORKERS_MAX = 64;
const LINES_MAX = 100_000;

function split(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      workers: { type: 'string' },
      port: { type: 'string' },
      lines: { type: 'string' },
      follow: { type: 'boolean', short: 'f' },
      json: { type: 'boolean' },
      yes: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
}

/** Null for what is no number up to `most`. */
function count(text: string | undefined, most: number): number | undefined | null {
  if (text === undefined) return undefined;
  return /^\d{1,6}$/.test(text) && Number(text) <= most ? Number(text) : null;
}

const shown = (text: string | undefined): string => (text === undefined ? 'nothing' : JSON.stringify(text));

/** A host is a folder of the examples with an app and a worker. */
function hasHost(name: string): boolean {
  return /^[a-z][a-z-]*$/.test(name) && ['main', 'worker'].every((script) => existsSync(scriptOf(name, script)));
}

/** A script of a host. */
export const scriptOf = (host: string, script: string): URL =>
  new URL(`../../${host}/src/${script}.ts`, import.meta.url);
