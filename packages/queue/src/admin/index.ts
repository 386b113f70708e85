/**
 * What an operator does, as functions that a host puts behind its own routes or commands. Nothing here is done without the
 * host's leave.
 *
 * @module
 */
import { assertLimit } from '../assert-limit.ts';
import { ScorekeepError } from '../errors.ts';
import type { FoldingProjection } from '../event-projections/keep-projections.ts';
import { queuesOf } from '../jobs/boss.ts';
import { channelOf } from '../jobs/control.ts';
import type { AnyJob } from '../jobs/keep-jobs.ts';
import { pauseQueue, resumeQueue } from '../jobs/queue-state.ts';
import type { Keep } from '../keep.ts';
import type { Projection } from '../projections/projection.ts';
import { type AuditEntry, audited, readAudit } from './audit.ts';
import { contextOf } from './context.ts';
import { type DeadLetters, deadLettersOf, type Scope } from './dead-letters.ts';

export type { SealFault } from '../jobs/envelope.ts';
export type { AuditEntry } from './audit.ts';
export type { DeadLetter, DeadLetters, Fixed, Preview, Purged, Request, Scope, Which } from './dead-letters.ts';

/** What somebody wants to do. `read` shows, `operate` can be undone, `destroy` cannot. */
export interface Intention {
  readonly actor: string;
  readonly scope: Scope;
  readonly action: string;
  readonly target: string;
}

export interface AdminOptions {
  /** The host's say in everything: false refuses. */
  readonly authorize: (intention: Intention) => boolean | Promise<boolean>;
}

/** Administration of one connection. `actor` is whoever does it, as the host knows them; it goes into the audit. */
export interface Admin {
  /** The dead letters of a job, or of what a projection has put aside: items, events, subjects. */
  deadLetters(of: AnyJob | Projection | FoldingProjection, actor: string): DeadLetters;
  /** {@link Keep.pauseJob}, audited; of a projection over a table, its parked items are paused. */
  pauseJob(of: AnyJob | Projection, actor: string): Promise<boolean>;
  /** {@link Keep.resumeJob}, audited. */
  resumeJob(of: AnyJob | Projection, actor: string): Promise<boolean>;
  /** Who did what, latest first. `limit` 1 to 1000, default 100. */
  audit(actor: string, options?: { readonly limit?: number }): Promise<AuditEntry[]>;
}

/**
 * @throws ScorekeepError DEFINITION_INVALID without an `authorize`: there is no administration for everybody
 */
export function createAdmin(keep: Keep, { authorize }: AdminOptions): Admin {
  if (typeof authorize !== 'function') {
    throw new ScorekeepError(
      'DEFINITION_INVALID',
      'createAdmin(): authorize is missing. Pass the function that decides who may do what.',
    );
  }
  const context = contextOf(keep);
  const { pool, schema } = context;
  const permit = async (intention: Intention): Promise<Intention> => {
    if ((await authorize(intention)) !== true) {
      const { actor, action, target } = intention;
      throw new ScorekeepError('FORBIDDEN', `${actor} may not ${action} ${target}.`, { actor, action, target });
    }
    return intention;
  };
  const queues = async (of: AnyJob | Projection | FoldingProjection): Promise<{ from: string; dead: string }> => {
    if ('deadQueue' in of) return { from: of.queue, dead: of.deadQueue };
    const { parked, dead } = queuesOf(await context.labelOf(of));
    return { from: parked, dead };
  };
  const steer = async (
    of: AnyJob | Projection,
    actor: string,
    action: string,
    how: (...given: Parameters<typeof pauseQueue>) => Promise<boolean>,
  ): Promise<boolean> => {
    const { from } = await queues(of);
    const by = await permit({ actor, scope: 'operate', action, target: from });
    const { changed } = await audited(pool, schema, by, async (tx) => ({ changed: await how(tx, schema, from) }));
    if (changed) await pool.query('select pg_notify($1, $2)', [channelOf(schema), from]);
    return changed;
  };
  return {
    deadLetters(of, actor) {
      const letters = async (): Promise<DeadLetters> => {
        const { from, dead } = await queues(of);
        return deadLettersOf(context, { from, dead }, 'deadQueue' in of ? of : undefined, (scope, action) =>
          permit({ actor, scope, action, target: dead }),
        );
      };
      return {
        list: async (options) => (await letters()).list(options),
        show: async (id) => (await letters()).show(id),
        preview: async (which) => (await letters()).preview(which),
        fix: async (id, payload, options) => (await letters()).fix(id, payload, options),
        redrive: async (options) => (await letters()).redrive(options),
        purge: async (options) => (await letters()).purge(options),
      };
    },
    pauseJob: (of, actor) => steer(of, actor, 'pause', pauseQueue),
    resumeJob: (of, actor) => steer(of, actor, 'resume', resumeQueue),
    async audit(actor, { limit = 100 } = {}) {
      assertLimit('limit', limit, 1, 1_000);
      await permit({ actor, scope: 'read', action: 'audit', target: schema });
      return readAudit(pool, schema, limit);
    },
  };
}
