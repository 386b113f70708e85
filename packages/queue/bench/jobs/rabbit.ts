import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../src/embedded/free-port.ts';
import { answers } from '../redis.ts';

/** A RabbitMQ of the benchmark's own. */
export interface Rabbit {
  readonly url: string;
  stop(): Promise<void>;
}

/** Debian's script for the broker itself; the one on the path wants to become another user first. */
const SERVERS = ['/usr/lib/rabbitmq/bin/rabbitmq-server', '/usr/local/sbin/rabbitmq-server'];

/** Starts a broker with folders, ports and a name of its own; undefined when none is installed. */
export async function startRabbit(): Promise<Rabbit | undefined> {
  const server = SERVERS.find((file) => existsSync(file));
  if (server === undefined) return undefined;
  const folder = await mkdtemp(path.join(tmpdir(), 'scorekeep-rabbit-'));
  const [port, distribution, names] = [await freePort(), await freePort(), await freePort()];
  const child = spawn(server, [], {
    detached: true,
    stdio: 'ignore',
    env: {
      ...process.env,
      HOME: folder,
      RABBITMQ_NODENAME: `scorekeep${port}@localhost`,
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_NODE_PORT: String(port),
      RABBITMQ_DIST_PORT: String(distribution),
      ERL_EPMD_PORT: String(names),
      ERL_EPMD_ADDRESS: '127.0.0.1',
      RABBITMQ_MNESIA_BASE: path.join(folder, 'data'),
      RABBITMQ_LOG_BASE: path.join(folder, 'log'),
      RABBITMQ_ENABLED_PLUGINS_FILE: path.join(folder, 'plugins'),
    },
  });
  // Erlang's name server is in the broker's group too, and goes with it.
  const kill = (signal: NodeJS.Signals): void => {
    try {
      process.kill(-(child.pid ?? 0), signal);
    } catch {
      // it has ended
    }
  };
  process.once('exit', () => kill('SIGKILL'));
  await answers(child, port);
  if (child.exitCode !== null) {
    await rm(folder, { recursive: true });
    return undefined;
  }
  return {
    url: `amqp://guest:guest@127.0.0.1:${port}`,
    async stop() {
      const ended = once(child, 'exit');
      kill('SIGTERM');
      await ended;
      kill('SIGKILL');
      await rm(folder, { recursive: true });
    },
  };
}
