import type { Db, FlowJob } from 'pg-boss';
import { ScorekeepError } from '../errors.ts';
import { newId } from '../postgres/new-id.ts';
import type { Sql } from '../postgres/sql.ts';
import type { Backlog } from './backlog.ts';
import { ASKS } from './check-definition.ts';
import { databaseOf, type Enqueuer, isKey, prepare, REFUSED, type Receipt, type Refused } from './enqueue.ts';
import type { Job } from './job.ts';
import { jobIdOf } from './job-id.ts';

/** One job of a flow. */
export interface Step {
  readonly job: Job<never, never>;
  readonly payload: unknown;
  /** Steps that must be done before this one may begin: several make a fan-in, several steps after one a fan-out. */
  readonly after?: readonly string[];
}

/** How a flow is enqueued. */
export interface FlowOptions {
  readonly tx?: Sql | Db;
  /** The idempotency key of the whole flow; what `unique` says of its jobs counts for nothing. 1 to 255 characters. */
  readonly key?: string;
}

/** All steps in, or none. `rejected` names the step; `refused` when the queue of one is too full. */
export type FlowReceipt =
  | { readonly state: 'accepted' | 'duplicate'; readonly ids: Readonly<Record<string, string>> }
  | {
      readonly state: 'rejected';
      readonly step: string;
      readonly reason: (Receipt & { state: 'rejected' })['reason'];
      readonly at: string;
    }
  | Refused;

/** Most steps of a flow. */
const STEPS_MAX = 1_000;

/**
 * Enqueues jobs that wait for each other, all or none.
 *
 * @throws ScorekeepError DEFINITION_INVALID for a step that waits for one that is not there, or for itself, or when none waits;
 * FLOW_TAKEN in a transaction, when another one has committed the same key since this one looked
 */
export async function enqueueFlow(
  { boss, db, wake, backlog }: Enqueuer,
  steps: Readonly<Record<string, Step>>,
  { tx, key }: FlowOptions,
): Promise<FlowReceipt> {
  assertSteps(steps, key);
  const flow: FlowJob[] = [];
  const ids: Record<string, string> = {};
  for (const [ref, { job, payload, after }] of Object.entries(steps)) {
    const prepared = await prepare(job, payload, {});
    if ('state' in prepared) return { state: 'rejected', step: ref, reason: prepared.reason, at: prepared.at };
    const { data, id: _, ...options } = prepared;
    ids[ref] = key === undefined ? newId() : jobIdOf(job.queue, `flow\0${key}\0${ref}`);
    flow.push({
      ref,
      name: job.queue,
      ...(data === undefined ? {} : { data }),
      options: { ...options, id: ids[ref] },
      ...(after === undefined ? {} : { dependsOn: [...after] }),
    });
  }
  const database = tx === undefined ? db : databaseOf(tx);
  const [first] = flow;
  if (key !== undefined && first?.options?.id !== undefined) {
    const known = await boss.findJobs(first.name, { id: first.options.id, limit: 1, db: database });
    if (known.length > 0) return { state: 'duplicate', ids };
  }
  const taken = await takeRoom(backlog, Object.values(steps));
  if (taken === undefined) return REFUSED;
  let used = false;
  try {
    await boss.flow(flow, tx === undefined ? {} : { db: oneByOne(database) });
    used = true;
  } catch (error) {
    // Somebody else may have enqueued the same flow just now. A policy may have refused a job as well, so it is looked for.
    if (key === undefined || !(await areThere(boss, flow, db))) throw error;
    if (tx === undefined) return { state: 'duplicate', ids };
    const message = `Another transaction has enqueued the flow ${JSON.stringify(key)} just now; roll back and ask again, which answers "duplicate"`;
    throw new ScorekeepError('FLOW_TAKEN', message, { key }, { cause: error });
  } finally {
    for (const [queue, room] of taken) backlog.use(queue, room, used ? room : 0);
  }
  for (const queue of new Set(flow.map(({ name }) => name))) {
    if (tx === undefined) wake.now(queue);
    else wake.soon(queue);
  }
  return { state: 'accepted', ids };
}

/** Whether every job of a flow is there, committed. */
async function areThere(boss: Enqueuer['boss'], flow: readonly FlowJob[], db: Db): Promise<boolean> {
  for (const { name, options } of flow) {
    if (options?.id === undefined) return false;
    const found = await boss.findJobs(name, { id: options.id, limit: 1, db }).catch(() => []);
    if (found.length === 0) return false;
  }
  return true;
}

/** Takes the room that all steps need, or none when one queue has too little. */
async function takeRoom(backlog: Backlog, steps: readonly Step[]): Promise<ReadonlyMap<string, number> | undefined> {
  const taken = new Map<string, number>();
  const jobs = new Map(steps.map(({ job }) => [job.queue, job.definition.backlog]));
  for (const [queue, most] of jobs) {
    if (most === undefined) continue;
    const wanted = steps.filter(({ job }) => job.queue === queue).length;
    const room = await backlog.take(queue, most, wanted);
    taken.set(queue, room);
    if (room === wanted) continue;
    for (const [one, given] of taken) backlog.use(one, given, 0);
    return undefined;
  }
  return taken;
}

/**
 * pg-boss sends the statements of a flow as one text, which Prisma cannot answer for. No payload can hold what they are joined
 * with, since JSON has no line breaks of its own.
 */
const oneByOne = (db: Db): Db => ({
  async executeSql(text, values) {
    let last: Awaited<ReturnType<Db['executeSql']>> = { rows: [] };
    for (const statement of text.split(';\n')) last = await db.executeSql(statement, values);
    return last;
  },
});

function assertSteps(steps: Readonly<Record<string, Step>>, key: string | undefined): void {
  const invalid = (problem: string): ScorekeepError => new ScorekeepError('DEFINITION_INVALID', `flow(): ${problem}`);
  const refs = Object.keys(steps);
  if (refs.length === 0 || refs.length > STEPS_MAX) throw invalid(`1 to ${STEPS_MAX} steps, got ${refs.length}`);
  if (key !== undefined && !isKey(key)) throw invalid('a key is 1 to 255 well-formed characters');
  if (!refs.every((ref) => isKey(ref) && ref !== '__proto__'))
    throw invalid('the name of a step is 1 to 255 characters');
  if (refs.every((ref) => (steps[ref]?.after ?? []).length === 0)) {
    throw invalid('no step waits for another. Enqueue jobs that need not wait with enqueueAll.');
  }
  const brief = refs.find((ref) => steps[ref]?.job.definition.keepSeconds === 0);
  if (brief !== undefined) {
    throw invalid(`step ${JSON.stringify(brief.slice(0, 64))} needs keepSeconds of 1 or more: ${ASKS}`);
  }
  const done = new Set<string>();
  for (let left = refs; left.length > 0; ) {
    const ready = left.filter((ref) => (steps[ref]?.after ?? []).every((one) => done.has(one)));
    const missing = left.flatMap((ref) => steps[ref]?.after ?? []).find((one) => !Object.hasOwn(steps, one));
    if (missing !== undefined) throw invalid(`no step ${JSON.stringify(missing.slice(0, 64))}`);
    if (ready.length === 0) throw invalid(`steps ${left.slice(0, 5).join(', ')} wait for each other`);
    for (const ref of ready) done.add(ref);
    left = left.filter((ref) => !done.has(ref));
  }
}
