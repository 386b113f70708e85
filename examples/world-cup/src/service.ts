import type { ProcessContext } from '@scorekeep/example-host';
import { connect, type Keep } from '@scorekeep/queue';
import { createGuideViews } from './host/guide-views.ts';
import { openContests } from './host/open-contests.ts';
import { type Contest, contests } from './pipeline.ts';
import type { SETTINGS } from './settings.ts';

/** The contests, open and served by this process. */
export interface Service {
  readonly keep: Keep;
  readonly draw: Contest;
  readonly kicktipp: Contest;
}

/** Opens the host's tables and Scorekeep beside them, on the one pool, and works as many slices as `workers` says. */
export async function openService(context: ProcessContext<typeof SETTINGS>): Promise<Service> {
  const { pool, databaseUrl, settings } = context;
  const { schema = 'scorekeep', batchSize, prefetch, workers, backend, drawRules, asynchronous } = settings;
  await openContests(pool, settings);
  const keep = await connect({ pool, controlUrl: databaseUrl, schema, ...(batchSize > 0 && { batchSize }) });
  try {
    const { draw, kicktipp } = contests(backend, drawRules);
    const projections = [draw.points, kicktipp.points];
    const boards = [draw.board, kicktipp.board];
    // Without workers the projections and boards are made known all the same, by asking for them.
    if (asynchronous && workers > 0) await keep.start({ projections, boards, workers, prefetch });
    else await Promise.all([...projections.map((one) => keep.status(one)), ...boards.map((one) => keep.top(one))]);
    await createGuideViews(pool, schema, drawRules);
    return { keep, draw, kicktipp };
  } catch (error) {
    await keep.stop();
    throw error;
  }
}
