import type { JobWithMetadata } from 'pg-boss';
import { ScorekeepError } from '../errors.ts';
import { enclose } from '../facts.ts';
import { open } from './envelope.ts';
import type { HandlerSql } from './handler-transaction.ts';
import type { Job, JobContext } from './job.ts';
import { OK, type Outcome, Unfinished } from './outcome.ts';
import { idempotencyKeyOf, type TraceContext } from './worker.ts';

/** What a handler runs in. */
export interface Surroundings {
  readonly tx: HandlerSql | undefined;
  readonly signal: AbortSignal;
  readonly traces: ReadonlyMap<string, TraceContext>;
  /** What becomes of a job without running it. */
  readonly judgeEarly?: (job: JobWithMetadata) => Unfinished | undefined;
  readonly onSettle?: JobContext['onSettle'];
}

/** Runs the handler of one job. Rejects with what the handler throws. */
export async function runOne(
  { queue, definition, ...job }: Job<never, never>,
  fetched: JobWithMetadata,
  { tx, signal, traces, judgeEarly, onSettle }: Surroundings,
): Promise<Outcome> {
  const early = judgeEarly?.(fetched);
  if (early !== undefined) return early;
  const opened = await open({ queue, definition, ...job }, fetched.data);
  if (opened instanceof Unfinished) return opened;
  const context: JobContext = {
    ...describe(fetched),
    signal,
    get tx(): HandlerSql {
      return tx ?? noTransaction();
    },
    onSettle: onSettle ?? noSettle,
  };
  const handle = async (): Promise<unknown> => definition.run?.(opened.value as never, context);
  const answer = await enclose('job.started', startedFact(queue, [fetched], traces), handle);
  return answer instanceof Unfinished ? answer : OK;
}

/** Runs the handler of a batch; jobs that cannot be read are judged without it. */
export async function runBatch(
  job: Job<never, never>,
  fetched: readonly JobWithMetadata[],
  { tx, signal, traces, judgeEarly }: Surroundings,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const readable: { readonly index: number; readonly one: JobWithMetadata; readonly payload: unknown }[] = [];
  for (const [index, one] of fetched.entries()) {
    const opened = judgeEarly?.(one) ?? (await open(job, one.data));
    if (opened instanceof Unfinished) outcomes[index] = opened;
    else readable.push({ index, one, payload: opened.value });
  }
  if (readable.length === 0) return outcomes;
  const ones = readable.map(({ one }) => one);
  const handle = async (): Promise<unknown> =>
    job.definition.runBatch?.(readable.map(({ payload }) => payload) as never[], {
      jobs: ones.map(describe),
      signal,
      tx: tx ?? noTransaction(),
    });
  const answers = await enclose('job.started', startedFact(job.queue, ones, traces), handle);
  if (answers !== undefined && (!Array.isArray(answers) || answers.length !== readable.length)) {
    throw new ScorekeepError(
      'HANDLER_ANSWER',
      `runBatch of job "${job.name}" answered ${Array.isArray(answers) ? `${answers.length} outcomes for ${readable.length} jobs` : typeof answers}. Answer one for each, in order, or nothing.`,
    );
  }
  const each = await awaited(answers ?? []);
  for (const [i, { index }] of readable.entries()) {
    const answer = each[i];
    outcomes[index] = answer instanceof Unfinished ? answer : OK;
  }
  return outcomes;
}

/** A promise is not to be taken for an answer. All end before one is thrown on: none goes on beside what follows. */
async function awaited(answers: readonly unknown[]): Promise<readonly unknown[]> {
  const ended = await Promise.allSettled(answers);
  return ended.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}

const describe = (job: JobWithMetadata): Pick<JobContext, 'id' | 'attempt' | 'idempotencyKey'> => ({
  id: job.id,
  attempt: job.retryCount,
  idempotencyKey: idempotencyKeyOf(job),
});

const startedFact = (
  queue: string,
  jobs: readonly JobWithMetadata[],
  traces: ReadonlyMap<string, TraceContext>,
): { queue: string; jobs: readonly string[]; attempt: number; traceContexts: readonly TraceContext[] } => ({
  queue,
  jobs: jobs.map(({ id }) => id),
  attempt: Math.max(...jobs.map(({ retryCount }) => retryCount)),
  traceContexts: jobs.map(({ id }) => traces.get(id)).filter((carrier) => carrier !== undefined),
});

function noTransaction(): never {
  throw new ScorekeepError(
    'HANDLER_ANSWER',
    'A job in mode "claimed" has no transaction while it runs. Pass statements to onSettle, or use mode: "transactional".',
  );
}

function noSettle(): never {
  throw new ScorekeepError(
    'HANDLER_ANSWER',
    'onSettle is for mode: "claimed". In mode "transactional" every statement on tx commits with the job.',
  );
}
