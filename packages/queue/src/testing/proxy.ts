import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP proxy in front of Postgres whose wire can be broken in the ways that wires break. */
export interface Proxy {
  /** The URL given, through the proxy. */
  readonly url: string;
  /** Resets every connection. */
  reset(): void;
  /** From now on nothing gets through in either direction, and nobody is told: a host that vanished, a cable pulled. */
  hold(): void;
  /** Lets everything through again, what was held back included. */
  release(): void;
  /** Delays everything that comes from the server. */
  delay(milliseconds: number): void;
  close(): Promise<void>;
}

/** Starts a proxy to the host and port of a URL. */
export async function startProxy(url: string): Promise<Proxy> {
  const target = new URL(url);
  const port = Number(target.port || 5432);
  const host = target.hostname.replace(/^\[|\]$/g, '');
  const sockets = new Set<Socket>();
  const held: (() => void)[] = [];
  let holding = false;
  let delayMs = 0;
  const pass = (to: Socket, bytes: Buffer, delayed: boolean): void => {
    const send = (): void => {
      if (holding) held.push(() => to.write(bytes));
      else to.write(bytes);
    };
    if (delayed && delayMs > 0) setTimeout(send, delayMs);
    else send();
  };
  const server = createServer((near) => {
    const far = connect(port, host);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes: Buffer) => pass(to, bytes, from === far));
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  target.hostname = '127.0.0.1';
  target.port = String((server.address() as AddressInfo).port);
  return {
    url: target.href,
    reset() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    hold() {
      holding = true;
    },
    release() {
      holding = false;
      for (const send of held.splice(0)) send();
    },
    delay(milliseconds) {
      delayMs = milliseconds;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
