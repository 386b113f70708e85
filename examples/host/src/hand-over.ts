import type { Server } from 'node:http';
import { Server as Listener } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * Makes way for another process that listens on the same socket: new connections are that one's at once. Those that are here
 * are answered for so long, and told with each answer to come anew, which leads them there too. Nobody has to be told that this
 * process stops: the service does not.
 */
export async function handOver(server: Server, waitMs: number): Promise<void> {
  server.prependListener('request', (_, response) => response.setHeader('connection', 'close'));
  // That of http would end connections that are between two requests as well.
  Listener.prototype.close.call(server);
  await wait(waitMs);
}
