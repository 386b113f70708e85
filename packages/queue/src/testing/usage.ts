import { readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

/** What a worker process may take at most. */
export interface UsageLimits {
  /** Resident memory, in bytes. Default 512 MiB. */
  readonly bytes?: number;
  /** TCP connections to the server: those of its pool and 6 besides. Default 16, for a pool of 10. */
  readonly connections?: number;
}

/** What worker processes have taken. */
export interface Usage {
  /** Looks at a process. 0 where there is no `/proc` to look at: then nothing is known. */
  readonly samples: number;
  readonly mostBytes: number;
  readonly mostConnections: number;
  /** Looks that showed more than the limits. */
  readonly outgrown: number;
}

/** Looks at processes every so often until it is stopped. */
export interface UsageWatch {
  /** What was seen so far. */
  readonly seen: () => Usage;
  stop(): Promise<Usage>;
}

/**
 * Watches memory and connections of processes, as the operating system counts them: no process has to be asked, and none can
 * be wrong about itself. Linux only.
 *
 * @param url of the server that the connections are counted to
 * @param pids the processes that live at the moment
 */
export function watchUsage(
  url: string,
  pids: () => readonly number[],
  { bytes = 512 * 2 ** 20, connections = 16 }: UsageLimits = {},
): UsageWatch {
  const port = Number(new URL(url).port || 5432);
  const stopping = new AbortController();
  let usage: Usage = { samples: 0, mostBytes: 0, mostConnections: 0, outgrown: 0 };
  const look = async (): Promise<void> => {
    const sockets = await socketsTo(port);
    for (const pid of pids()) {
      const one = await usageOf(pid, sockets);
      if (one === undefined) continue;
      usage = {
        samples: usage.samples + 1,
        mostBytes: Math.max(usage.mostBytes, one.bytes),
        mostConnections: Math.max(usage.mostConnections, one.connections),
        outgrown: usage.outgrown + (one.bytes > bytes || one.connections > connections ? 1 : 0),
      };
    }
  };
  const looking = (async () => {
    while (!stopping.signal.aborted) {
      await look();
      await wait(EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  return {
    seen: () => usage,
    async stop() {
      stopping.abort();
      await looking;
      return usage;
    },
  };
}

const EVERY_MS = 100;

/** Undefined when the process is gone, or there is no way to look. */
async function usageOf(
  pid: number,
  sockets: ReadonlySet<string>,
): Promise<{ bytes: number; connections: number } | undefined> {
  try {
    // The most that it has had, so that nothing is missed between two looks.
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
    if (kilobytes === undefined) return undefined;
    const folder = `/proc/${pid}/fd`;
    const files = await readdir(folder);
    const links = await Promise.all(files.map((file) => readlink(`${folder}/${file}`).catch(() => '')));
    return { bytes: Number(kilobytes) * 1_024, connections: links.filter((link) => sockets.has(link)).length };
  } catch {
    return undefined;
  }
}

/** Established TCP connections to a port, by the name that `/proc/<pid>/fd` has for them. */
async function socketsTo(port: number): Promise<ReadonlySet<string>> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'utf8').catch(() => '')),
  );
  const to = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const sockets = new Set<string>();
  for (const line of tables.join('\n').split('\n')) {
    const [, , remote = '', state, , , , , , inode] = line.trim().split(/\s+/);
    if (remote.endsWith(to) && state === ESTABLISHED) sockets.add(`socket:[${inode}]`);
  }
  return sockets;
}

const ESTABLISHED = '01';
