import { expect, test } from 'vitest';
import { job } from '../index.ts';
import { onDatabase } from '../testing/contest.ts';
import { numbers, withKeep } from '../testing/with-keep.ts';

const limited = { by: ({ n }: { n: number }) => `group ${n}`, limit: 1 };

for (const [mode, group, enabled] of [
  ['transactional', undefined, 'off'],
  ['claimed', undefined, 'off'],
  ['claimed', limited, 'on'],
] as const) {
  const of = group === undefined ? mode : `${mode}, in groups, which cannot do without`;
  test(`${of}: a deep queue is not sorted for each fetch, and nothing but the fetch is planned otherwise`, async () => {
    await withKeep(async (keep, url) => {
      await onDatabase(url, (client) =>
        client.query(`
          create table sorting (step text not null, enabled text not null);
          create function note_sorting() returns trigger language plpgsql as $$
          begin
            insert into public.sorting values (new.state, current_setting('enable_sort'));
            return null;
          end $$;
          create trigger note_sorting after update on scorekeep_jobs.job_common
            for each row execute function note_sorting();
        `),
      );
      const one = job<{ n: number }>('one', { mode, ...(group && { group }), run: () => undefined });
      await keep.enqueueAll(one, numbers(3));
      await keep.start({ jobs: [one] });
      await keep.drain(one);
      const { rows } = await onDatabase(url, (client) =>
        client.query('select distinct step, enabled from sorting order by step'),
      );
      expect(rows).toEqual([
        { step: 'active', enabled },
        { step: 'completed', enabled: 'on' },
      ]);
    });
  });
}
