import { setTimeout as wait } from 'node:timers/promises';
import type { EventReceipt, Keep } from '@scorekeep/queue';
import { CONSUMERS } from './process-events.ts';

/**
 * Direct processing: a function that resolves when accepted events are processed, in this process or, if another is at their
 * shard, there. After a few seconds it resolves regardless: the events are kept, and are processed later.
 *
 * @param processAll processes what there is
 */
export function settle(
  keep: Keep,
  processAll: () => Promise<number>,
): (receipts: readonly EventReceipt[]) => Promise<void> {
  let running: Promise<number> | undefined;
  const processTogether = (): Promise<number> => {
    running ??= processAll().finally(() => {
      running = undefined;
    });
    return running;
  };
  return async (receipts) => {
    const last = new Map<number, number>();
    for (const receipt of receipts) {
      if (receipt.status !== 'accepted') continue;
      last.set(receipt.shard, Math.max(receipt.position, last.get(receipt.shard) ?? 0));
    }
    const places = JSON.stringify([...last].map(([shard, position]) => ({ shard, position })));
    const until = performance.now() + PATIENCE_MS;
    while (last.size > 0 && performance.now() < until) {
      await processTogether();
      const { rows } = await keep.transaction((tx) => tx.query(BEHIND, [places, CONSUMERS]));
      if (rows[0]?.['behind'] === 0) return;
      await wait(PAUSE_MS);
    }
  };
}

const PATIENCE_MS = 5_000;
const PAUSE_MS = 10;

const BEHIND = `
  select count(*)::int as behind
  from json_to_recordset($1) as e(shard smallint, position bigint) cross join unnest($2::text[]) c(consumer)
  left join processed p on p.consumer = c.consumer and p.shard = e.shard
  where p.position is null or p.position < e.position`;
