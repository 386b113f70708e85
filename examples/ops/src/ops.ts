import { rmSync } from 'node:fs';
import { showLogs } from './logs.ts';
import { type Command, HELP, parseCommand } from './options.ts';
import { OrderFailed, speak, startSupervisor } from './speak.ts';
import { folderOf } from './state.ts';
import type { Order, Report } from './supervisor.ts';

// Whoever reads has had enough, as `| head` has: there is nobody to say more to.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const parsed = parseCommand(process.argv.slice(2));
if (parsed.kind === 'help') process.stdout.write(HELP);
else if (parsed.kind === 'invalid') {
  process.stderr.write(`${parsed.message}\n`);
  process.exitCode = 2;
} else {
  try {
    process.exitCode = await run(parsed.command);
  } catch (error) {
    if (!(error instanceof OrderFailed)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

async function run(command: Command): Promise<number> {
  const { kind, host } = command;
  if (kind === 'logs') return showLogs(command);
  if (kind === 'reset') return reset(command);
  if (kind === 'url') {
    const answer = await speak<{ url: string }>(host, { kind });
    if (answer === undefined) throw new OrderFailed(`${host} does not run.`);
    say(answer.url);
    return 0;
  }
  if (kind === 'up' && (await speak(host, { kind: 'status' })) === undefined) await startSupervisor(host);
  const report = await speak(host, orderOf(command));
  if (report === undefined || kind === 'down') {
    const wasThere = report !== undefined;
    say(
      'json' in command && command.json
        ? JSON.stringify({ well: false })
        : `${host} ${wasThere ? 'is down' : 'does not run'}.`,
    );
    return wasThere || kind === 'down' ? 0 : 1;
  }
  if ('json' in command && command.json) say(JSON.stringify(report));
  else for (const line of lines(report)) say(line);
  return kind === 'status' && !report.well ? 1 : 0;
}

function orderOf(command: Exclude<Command, { kind: 'logs' | 'reset' | 'url' }>): Order {
  if (command.kind === 'up') {
    const port = command.port === undefined ? {} : { PORT: String(command.port) };
    return { kind: 'up', workers: command.workers, environment: { ...process.env, ...port } };
  }
  if (command.kind === 'restart') return { ...command, environment: process.env };
  return command;
}

async function reset({ host, yes }: Extract<Command, { kind: 'reset' }>): Promise<number> {
  if (!yes) {
    process.stderr.write(`reset deletes what ${host} has stored in ${folderOf(host)}. Say --yes to mean it.\n`);
    return 2;
  }
  await speak(host, { kind: 'down' });
  rmSync(folderOf(host), { recursive: true, force: true, maxRetries: 10 });
  say(`${host} is down, and nothing is left in ${folderOf(host)}.`);
  return 0;
}

/** What runs, as a table. */
function lines({ app, workers, postgres, connections }: Report): string[] {
  const rows = [
    ...(app === undefined ? [] : [['app', app] as const]),
    ...workers.map((worker, i) => [`worker ${i + 1}`, worker] as const),
    ...(postgres === undefined ? [] : [['postgres', { ...postgres, url: undefined }] as const]),
  ];
  const processes = rows.map(([name, { state, pid, since, restarts, url, metrics }]) =>
    [
      name.padEnd(10),
      state.padEnd(9),
      `pid ${pid ?? '-'}`.padEnd(12),
      `since ${since}`,
      `${restarts} restarts`,
      url ?? '',
      metrics ? `metrics ${metrics}` : '',
    ]
      .join('  ')
      .trimEnd(),
  );
  if (connections === undefined) return processes;
  const { open, most, limit } = connections;
  const beyond = most > limit ? '. Lower DATABASE_POOL_SIZE, or raise max_connections' : '';
  return [...processes, `${open} connections to Postgres are open, at most ${most} of ${limit}${beyond}.`];
}
