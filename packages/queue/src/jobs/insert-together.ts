import { setImmediate } from 'node:timers';
import type { Db, JobInsert, PgBoss } from 'pg-boss';
import { sqlState } from '../postgres/classify-error.ts';

/**
 * Inserts jobs of callers who come in one turn of the event loop, or while inserts are under way, with one statement: nobody waits
 * longer than those take, and under load a commit carries many jobs.
 */
export function insertTogether(
  boss: PgBoss,
  db: Db,
): (queue: string, jobs: readonly JobInsert[]) => Promise<ReadonlySet<string>> {
  const waiting = new Map<string, Caller[]>();
  const busy = new Map<string, number>();

  const insert = async (queue: string, jobs: readonly JobInsert[]): Promise<ReadonlySet<string>> =>
    new Set((await boss.insert(queue, [...jobs], { db, returnId: true })) ?? []);

  const begin = (queue: string): void => {
    busy.set(queue, (busy.get(queue) ?? 0) + 1);
    // Once whoever shares the turn of the event loop has been heard: else the first of them would have a statement to himself.
    setImmediate(() => void drain(queue));
  };
  const drain = async (queue: string): Promise<void> => {
    for (let callers = take(waiting, queue); callers.length > 0; callers = take(waiting, queue)) {
      try {
        const fresh = await insert(
          queue,
          callers.flatMap(({ jobs }) => jobs),
        );
        for (const caller of callers) caller.resolve(ownOf(caller, fresh));
      } catch (error) {
        // What was not answered may have gone through, and would be a duplicate of itself.
        const isUnknown = sqlState(error) === undefined;
        if (callers.length === 1 || isUnknown) for (const { reject } of callers) reject(error);
        // Each again alone, so that nobody fails for another's job.
        else await Promise.all(callers.map(({ jobs, resolve, reject }) => insert(queue, jobs).then(resolve, reject)));
      }
    }
    busy.set(queue, (busy.get(queue) ?? 1) - 1);
  };

  return (queue, jobs) => {
    // A trace is kept with the insert, so with tracing on each caller inserts for himself.
    if (isTracing() || jobs.length > TOGETHER_MAX) return insert(queue, jobs);
    return new Promise((resolve, reject) => {
      const list = waiting.get(queue) ?? [];
      waiting.set(queue, list);
      list.push({ jobs, resolve, reject });
      if ((busy.get(queue) ?? 0) < STATEMENTS_MAX) begin(queue);
    });
  };
}

interface Caller {
  readonly jobs: readonly JobInsert[];
  readonly resolve: (fresh: ReadonlySet<string>) => void;
  readonly reject: (error: unknown) => void;
}

/** Of the new jobs of a statement those of one caller. */
const ownOf = ({ jobs }: Caller, fresh: ReadonlySet<string>): ReadonlySet<string> =>
  new Set(jobs.flatMap(({ id }) => (id !== undefined && fresh.has(id) ? id : [])));

/** Inserts of one queue under way at a time; the commits of two overlap. */
const STATEMENTS_MAX = 2;
/** Jobs in one statement. */
const TOGETHER_MAX = 500;

/** Takes callers off the list, up to {@link TOGETHER_MAX} jobs, none of them twice: pg-boss refuses two with one id. */
function take(waiting: ReadonlyMap<string, Caller[]>, queue: string): Caller[] {
  const list = waiting.get(queue) ?? [];
  const ids = new Set<string | undefined>();
  let jobs = 0;
  let callers = 0;
  for (const caller of list) {
    jobs += caller.jobs.length;
    if (callers > 0 && (jobs > TOGETHER_MAX || caller.jobs.some(({ id }) => ids.has(id)))) break;
    for (const { id } of caller.jobs) ids.add(id);
    callers++;
  }
  return list.splice(0, callers);
}

/** Where the OpenTelemetry API keeps the tracer provider that somebody has registered, if anybody has. */
function isTracing(): boolean {
  const api = (globalThis as Record<symbol, unknown>)[Symbol.for('opentelemetry.js.api.1')];
  return (api as { trace?: unknown } | undefined)?.trace !== undefined;
}
