import { type Profiler, Session } from 'node:inspector/promises';

/** CPU time of some work, in microseconds, by whose code it was spent in. */
export interface Shares {
  /** OpenTelemetry's packages, pg-boss's part that calls them, and ours. */
  readonly telemetry: number;
  readonly pipeline: number;
}

/**
 * Samples where this process is while it works. Both shares are of one run, so a machine that slows down slows both alike. What Node
 * itself does counts for whoever called it, so a message to a collector is telemetry and a statement is not; collecting garbage counts
 * for nobody.
 */
export async function profiled(work: () => Promise<unknown>): Promise<Shares> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    await work();
    return sharesOf((await session.post('Profiler.stop')).profile);
  } finally {
    session.disconnect();
  }
}

function sharesOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Shares {
  const owners = new Map<number, keyof Shares | undefined>();
  const known = new Map(nodes.map((node) => [node.id, node]));
  const assign = (id: number, caller: keyof Shares | undefined): void => {
    const node = known.get(id);
    if (node === undefined) return;
    const owner = ownerOf(node.callFrame.url) ?? caller;
    owners.set(id, owner);
    for (const child of node.children ?? []) assign(child, owner);
  };
  const [root] = nodes;
  if (root !== undefined) assign(root.id, undefined);
  const shares = { telemetry: 0, pipeline: 0 };
  for (const [i, id] of samples.entries()) {
    const owner = owners.get(id);
    if (owner !== undefined) shares[owner] += timeDeltas[i] ?? 0;
  }
  return shares;
}

/** Undefined for Node's own code and for what is no code, such as `(idle)`. */
function ownerOf(url: string): keyof Shares | undefined {
  if (!url.startsWith('file:')) return undefined;
  return TELEMETRY.test(url) ? 'telemetry' : 'pipeline';
}

/** Of a path with several such folders the last one says whose file it is. */
const TELEMETRY =
  /packages\/observability\/src\/|node_modules\/@opentelemetry\/(?!.*node_modules\/)|node_modules\/pg-boss\/dist\/telemetry\.js$/;
