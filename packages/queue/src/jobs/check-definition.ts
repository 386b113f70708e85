import { ScorekeepError } from '../errors.ts';
import type { JobDefinition } from './job.ts';
import { BYTES_DEFAULT } from './payload.ts';

/** @throws ScorekeepError DEFINITION_INVALID naming the first thing that is wrong with a job */
export function assertDefinition(name: string, definition: JobDefinition): void {
  const invalid = (problem: string): ScorekeepError =>
    new ScorekeepError('DEFINITION_INVALID', `job(${JSON.stringify(String(name).slice(0, 64))}): ${problem}`);
  if (typeof definition !== 'object' || definition === null) throw invalid('give a definition');
  const { mode = 'transactional', retry = {}, policy = 'standard', run, runBatch, group, rate } = definition;
  if (typeof name !== 'string' || !/^[a-z][a-z0-9_.-]{0,62}$/.test(name)) {
    throw invalid('a name is a-z, 0-9, "_", "." and "-", begins with a letter and is at most 63 long');
  }
  if ((run === undefined) === (runBatch === undefined)) throw invalid('give either run or runBatch');
  if (mode !== 'transactional' && mode !== 'claimed') {
    throw invalid(`mode is "transactional" or "claimed", got ${JSON.stringify(mode)}`);
  }
  for (const [option, value, least, most] of [
    ['version', definition.version, 1, 10_000],
    ['deadline', definition.deadline, 1, 86_400],
    ['batch', definition.batch, 1, 1_000],
    ['bytes', definition.bytes, 1, 1_048_576],
    ['backlog', definition.backlog, 1, 100_000_000],
    ['keepSeconds', definition.keepSeconds, 0, 31_536_000],
    ['workers', definition.workers, 1, 100],
    ['retry.limit', retry.limit, 0, 100],
    ['retry.delay', retry.delay, 0, 86_400],
    ['retry.delayMax', retry.delayMax, 1, 86_400],
    ['retry.crashes', retry.crashes, 1, 100],
    ['group.limit', group?.limit, 1, 10_000],
    ['rate.burst', rate?.burst, 1, 1_000_000],
  ] as const) {
    if (value !== undefined && (!Number.isInteger(value) || value < least || value > most)) {
      throw invalid(`${option} must be an integer from ${least} to ${most}, got ${String(value)}`);
    }
  }
  if (rate !== undefined && !(rate.perSecond >= 0.001 && rate.perSecond <= 1_000_000)) {
    throw invalid(`rate.perSecond must be from 0.001 to 1000000, got ${String(rate.perSecond)}`);
  }
  const atOnce = (definition.batch ?? (runBatch === undefined ? 1 : 100)) * (definition.bytes ?? BYTES_DEFAULT);
  if (atOnce > BATCH_BYTES_MAX) {
    throw invalid(`batch times bytes is at most ${BATCH_BYTES_MAX}, what a batch may take of memory, got ${atOnce}`);
  }
  if (typeof definition.priority === 'number') assertPriority(definition.priority, invalid);
  assertKinds(definition, invalid);
  assertUpcast(definition, invalid);
  if (definition.keepSeconds === 0) {
    const asks = (['unique', 'schedule'] as const).find((option) => definition[option] !== undefined);
    if (asks !== undefined) throw invalid(`${asks} needs keepSeconds of 1 or more: ${ASKS}`);
  }
  if (mode === 'transactional') {
    if (group !== undefined) throw invalid(`group limits need mode: "claimed". ${INVISIBLE}`);
    if (policy !== 'standard') {
      throw invalid(`policy "${policy}" needs mode: "claimed". ${INVISIBLE} Enqueuers would wait for it, too.`);
    }
  } else {
    if (runBatch !== undefined) throw invalid('runBatch needs mode: "transactional": a claim is settled job by job');
    if ((definition.batch ?? 1) > 1) throw invalid('batch needs mode: "transactional": a claim is settled job by job');
    if (policy === 'key_strict_fifo' && definition.key === undefined) {
      throw invalid('policy "key_strict_fifo" needs key: the order is kept for each key');
    }
  }
}

/** What TypeScript sees and JavaScript does not: without it each payload would be rejected, or a limit not kept. */
function assertKinds(definition: JobDefinition, invalid: (problem: string) => ScorekeepError): void {
  const { run, runBatch, unique, key, priority, group, schema, schedule, retry, policy = 'standard' } = definition;
  const by = group === undefined ? undefined : (group.by ?? null);
  for (const [option, value] of Object.entries({ run, runBatch, unique, key, 'group.by': by })) {
    if (value !== undefined && typeof value !== 'function') throw invalid(`${option} must be a function`);
  }
  if (group !== undefined && group.limit === undefined) throw invalid('group needs a limit');
  if (!['undefined', 'number', 'function'].includes(typeof priority))
    throw invalid('priority is a number or a function');
  if (schema !== undefined && typeof schema?.['~standard']?.validate !== 'function') {
    throw invalid('schema must be a Standard Schema, as zod, valibot and arktype make them');
  }
  if (schedule !== undefined && (typeof schedule?.cron !== 'string' || schedule.cron.trim() === '')) {
    throw invalid('schedule.cron must be a cron expression or an RFC 5545 rule');
  }
  if (retry?.backoff !== undefined && typeof retry.backoff !== 'boolean')
    throw invalid('retry.backoff is true or false');
  if (!POLICIES.has(policy))
    throw invalid(`policy is one of ${[...POLICIES].join(', ')}, got ${JSON.stringify(policy)}`);
  if (key !== undefined && policy === 'standard') {
    throw invalid('key needs a policy other than "standard", which does not look at it. To enqueue once, give unique.');
  }
}

const POLICIES: ReadonlySet<string> = new Set<NonNullable<JobDefinition['policy']>>([
  'standard',
  'short',
  'singleton',
  'stately',
  'exclusive',
  'key_strict_fifo',
]);

/** Most bytes of payloads as JSON that one batch may have in hand. */
const BATCH_BYTES_MAX = 128 * 1024 * 1024;

export const ASKS = 'a job that is deleted when it is done would be taken for one that never was';

const INVISIBLE =
  'pg-boss counts the jobs that are visibly active, and a claim inside an open transaction is invisible to everybody else.';

const assertPriority = (priority: number, invalid: (problem: string) => ScorekeepError): void => {
  if (!Number.isInteger(priority) || Math.abs(priority) > 1_000_000) {
    throw invalid(`priority must be an integer from -1000000 to 1000000, got ${String(priority)}`);
  }
};

function assertUpcast({ upcast = {}, version = 1 }: JobDefinition, invalid: (problem: string) => ScorekeepError): void {
  for (const [from, up] of Object.entries(upcast)) {
    if (typeof up !== 'function') throw invalid(`upcast[${JSON.stringify(from.slice(0, 20))}] must be a function`);
    if (!/^[1-9]\d*$/.test(from) || Number(from) >= version) {
      throw invalid(`upcast is from an older version, 1 to ${version - 1}, got ${JSON.stringify(from.slice(0, 20))}`);
    }
  }
}
