import type { ChildProcess } from 'node:child_process';
import { expect } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { connect } from '../connect.ts';
import type { Keep } from '../keep.ts';
import { onDatabase } from './contest.ts';
import { type DrillPayload, drillJobs } from './drill-jobs.ts';
import { type Subject, type Violations, violations } from './invariants.ts';
import { end, startWorker } from './processes.ts';
import { watchUsage } from './usage.ts';
import { createEffects } from './with-keep.ts';

/** A job that quick drills are made of. */
type Name = keyof typeof drillJobs;

/** Worker processes over a database of their own, and a judge of what they did. */
interface JobDrill {
  readonly url: string;
  readonly keep: Keep;
  /** Enqueues jobs of a name; answers the ids. */
  enqueue(name: Name, payloads: readonly DrillPayload[]): Promise<string[]>;
  start(names: readonly Name[], environment?: Record<string, string>): Promise<ChildProcess>;
  /** Waits until nothing is left of a name. */
  rest(name: Name): Promise<void>;
  judge(name: Name, subject: Partial<Subject>): Promise<Violations>;
}

/** Runs a quick drill. It ends with the question what does not hold. */
export async function drill(work: (given: JobDrill) => Promise<void>): Promise<void> {
  const { url } = await testDatabase();
  await createEffects(url);
  const keep = await connect({ url, poolSize: 4 });
  const children = new Set<ChildProcess>();
  const watch = watchUsage(url, () => [...children].map(({ pid }) => pid ?? 0));
  /** What was accepted, by name: the `n` of each id. */
  const accepted: Partial<Record<Name, Map<string, number>>> = {};
  try {
    await work({
      url,
      keep,
      async enqueue(name, payloads) {
        const receipts = await keep.enqueueAll(drillJobs[name], payloads);
        const ids = receipts.map((receipt) => (receipt.state === 'accepted' ? receipt.id : ''));
        const known = accepted[name] ?? new Map();
        accepted[name] = known;
        for (const [i, id] of ids.entries()) known.set(id, payloads[i]?.n ?? 0);
        return ids;
      },
      async start(names, environment = {}) {
        const child = await startWorker(
          { DRILL_URL: url, DRILL_JOBS: names.join(','), ...environment },
          'job-worker.ts',
        );
        children.add(child);
        return child;
      },
      async rest(name) {
        await expect
          .poll(() => keep.jobStatus(drillJobs[name]), { timeout: 90_000, interval: 100 })
          .toMatchObject({ waiting: 0, delayed: 0, active: 0 });
      },
      judge: (name, subject) =>
        onDatabase(url, (client) =>
          violations(client, {
            job: drillJobs[name],
            accepted: [...(accepted[name]?.keys() ?? [])],
            effects: EFFECTS,
            sum: sumOf(accepted[name], subject.poisoned),
            usage: watch.seen(),
            ...subject,
          }),
        ),
    });
  } finally {
    await watch.stop();
    await Promise.all([...children].map((child) => end(child, 'SIGKILL')));
    await keep.stop();
  }
}

/** The effects of the jobs that are judged, whether they are kept or not. */
export const EFFECTS: string =
  'select key, n as amount from effect where key in (select id::text from stored union all select id::text from accepted)';

/** What the effects of all jobs but the poisoned add up to. */
const sumOf = (accepted: ReadonlyMap<string, number> = new Map(), poisoned: readonly string[] = []): number =>
  [...accepted].reduce((sum, [id, n]) => sum + (poisoned.includes(id) ? 0 : n), 0);

/** Payloads from 0 to `count`. */
export const some = (count: number, payload: Partial<DrillPayload> = {}): DrillPayload[] =>
  Array.from({ length: count }, (_, n) => ({ n, ...payload }));

/** Resolves while some worker has something in hand. */
export const inHand = (url: string): Promise<void> =>
  onDatabase(url, async (client) => {
    await expect
      .poll(
        async () => {
          const { rows } = await client.query(
            `select exists (select from scorekeep.job_intent where jobs <> '{}') or exists (select from scorekeep.job_claim) as busy`,
          );
          return rows[0].busy;
        },
        { interval: 5, timeout: 20_000 },
      )
      .toBe(true);
  });
