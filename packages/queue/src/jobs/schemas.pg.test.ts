import type { StandardSchema } from '@scorekeep/core/events';
import { type } from 'arktype';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { type Job, job } from '../index.ts';
import { onDatabase } from '../testing/contest.ts';
import { effects, INSERT, states, withKeep } from '../testing/with-keep.ts';

const schemas: Record<string, StandardSchema<{ n: string }, { n: number }>> = {
  zod: z.object({ n: z.string().regex(/^\d+$/).transform(Number) }),
  valibot: v.object({ n: v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number)) }),
  arktype: type({ n: 'string.integer.parse' }),
};

test.each(Object.entries(schemas))(
  'with %s, a bad payload is rejected alone and the handler gets what the schema makes',
  async (_, schema) => {
    await withKeep(async (keep, url) => {
      const one = job('one', { schema, run: ({ n }, { tx }) => tx.query(INSERT, [n + 1]) });
      const bad = [{ n: 'x' }, {}, null, 7, { n: '2\0' }] as { n: string }[];
      const receipts = await keep.enqueueAll(one, [{ n: '1' }, ...bad, { n: '2' }]);
      expect(
        receipts.map((receipt) => (receipt.state === 'rejected' ? [receipt.reason, receipt.at] : receipt.state)),
      ).toEqual([
        'accepted',
        ['schema', '/n'],
        ['schema', expect.any(String)],
        ['schema', expect.any(String)],
        ['schema', expect.any(String)],
        ['ill_formed_text', '/n'],
        'accepted',
      ]);
      await keep.start({ jobs: [one] });
      await keep.drain(one);
      expect(await effects(url)).toEqual([2, 3]);
    });
  },
);

test('a payload of an older version is upcast; one without a way up is dead-lettered; one of a newer waits for its own workers', async () => {
  await withKeep(async (keep, url) => {
    const version = (number: number, changes: object = {}): Job<never, never> =>
      job('one', { version: number, run: ({ n }: { n: number }, { tx }) => tx.query(INSERT, [n]), ...changes });
    await keep.enqueue(version(1), { old: 1 } as never);
    await keep.enqueue(version(2), { number: 2 } as never);
    await keep.enqueue(version(3), { n: 3 } as never);
    await keep.enqueue(version(9), { n: 9 } as never);
    const upcast = {
      2: (payload: unknown) => ({ n: (payload as { number: number }).number }),
    };
    const current = version(3, { upcast });
    await keep.start({ jobs: [current] });
    await expect.poll(() => keep.jobStatus(current)).toMatchObject({ waiting: 0, delayed: 1, dead: 1 });
    expect(await effects(url)).toEqual([2, 3]);
    const { rows } = await onDatabase(url, (client) =>
      client.query(
        `select output, retry_count, retry_limit from scorekeep_jobs.job where state in ('failed', 'retry') and name = 'jobs/one' order by state`,
      ),
    );
    expect(rows).toEqual([
      { output: { code: 'NEWER_VERSION' }, retry_count: 0, retry_limit: 6 },
      { output: { code: 'NO_UPCAST' }, retry_count: 0, retry_limit: 0 },
    ]);
    expect(await states(url, 'dead/jobs/one')).toEqual({ created: 1 });
  });
});

test('a payload whose upcast throws is dead-lettered alone, and an upcast may take its time', async () => {
  await withKeep(async (keep, url) => {
    const old = job<{ n: number }>('one', { run: () => undefined });
    await keep.enqueueAll(old, [{ n: 1 }, { n: 2 }, { n: 3 }]);
    const current = job<{ n: number }>('one', {
      version: 2,
      batch: 3,
      upcast: {
        1: async (payload) => {
          const { n } = payload as { n: number };
          if (n === 2) throw new Error('no');
          return { n: n * 10 };
        },
      },
      run: ({ n }, { tx }) => tx.query(INSERT, [n]),
    });
    await keep.start({ jobs: [current] });
    await keep.drain(current);
    expect(await effects(url)).toEqual([10, 30]);
    const { rows } = await onDatabase(url, (client) =>
      client.query(`select output from scorekeep_jobs.job where name = 'jobs/one' and state = 'failed'`),
    );
    expect(rows).toEqual([{ output: { code: 'UPCAST_FAILED' } }]);
  });
});

test('a payload of just as many bytes as it may have is worked as it was, and one of a byte more is rejected', async () => {
  await withKeep(async (keep) => {
    const worked: string[] = [];
    const one = job<string>('one', { bytes: 1_048_576, run: (text) => void worked.push(text) });
    // Four bytes each, and two for the quotes.
    const most = `ab${'\u{1f600}'.repeat(262_143)}`;
    const receipts = await keep.enqueueAll(one, [most, `${most}c`]);
    expect(receipts).toEqual([
      { state: 'accepted', id: expect.any(String) },
      { state: 'rejected', reason: 'too_large', at: '' },
    ]);
    await keep.start({ jobs: [one] });
    await keep.drain(one);
    expect(worked.map((text) => text === most)).toEqual([true]);
  });
});

test('secrets in payloads, errors and keys appear in no table but the payload itself, and in nothing that is printed or thrown', async () => {
  const secret = 'hunter2-0815';
  const printed: string[] = [];
  const write = process.stderr.write.bind(process.stderr);
  process.stderr.write = ((chunk: string) => printed.push(String(chunk)) > 0) as typeof write;
  try {
    await withKeep(async (keep, url) => {
      const one = job<{ secret: string }>('one', {
        retry: { limit: 1, delay: 0, backoff: false },
        unique: (payload) => payload.secret,
        run: ({ secret: text }) => {
          throw Object.assign(new Error(`cannot pay with ${text}`), { code: `denied: ${text}`, detail: text });
        },
      });
      await keep.enqueue(one, { secret });
      const rejected = await keep.enqueue(one, { [secret]: 1n } as never);
      expect(JSON.stringify(rejected)).not.toContain(secret);
      await keep.start({ jobs: [one] });
      await keep.drain(one);
      expect(await states(url, one.queue)).toEqual({ failed: 1 });
      const everywhere = await onDatabase(url, async (client) => {
        const { rows } = await client.query(
          `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('scorekeep', 'scorekeep_jobs')`,
        );
        const found: string[] = [];
        for (const { name } of rows) {
          const without = String(name).includes('_jobs.job') ? `to_jsonb(t) - 'data'` : 'to_jsonb(t)';
          const hits = await client.query(`select 1 from ${name} t where (${without})::text like '%' || $1 || '%'`, [
            secret,
          ]);
          if (hits.rowCount !== 0) found.push(name);
        }
        return found;
      });
      expect(everywhere).toEqual([]);
    });
  } finally {
    process.stderr.write = write;
  }
  expect(printed.join('')).not.toContain(secret);
});
