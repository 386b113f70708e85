import { expect, test } from 'vitest';
import { job } from '../index.ts';
import { onDatabase } from '../testing/contest.ts';
import { numbers, withKeep } from '../testing/with-keep.ts';

const limited = { by: ({ n }: { n: number }) => `group ${n}`, limit: 1 };
const NOTE = `insert into planning values ($1, current_setting('enable_sort'), current_setting('random_page_cost'))`;

const planned = (sort: string, page: string): object => ({ sort, page });
const AS_ANYWHERE = planned('on', '4');

for (const [mode, group, fetch, settle] of [
  ['transactional', undefined, planned('off', '0'), planned('on', '0')],
  ['claimed', undefined, planned('off', '0'), AS_ANYWHERE],
  ['claimed', limited, AS_ANYWHERE, AS_ANYWHERE],
] as const) {
  const of = group === undefined ? mode : `${mode}, in groups, which cannot do without`;
  test(`${of}: a deep queue is not sorted for each fetch, and what the host does is planned as it would be anywhere`, async () => {
    await withKeep(async (keep, url) => {
      await onDatabase(url, (client) =>
        client.query(`
          create table planning (step text not null, sort text not null, page text not null);
          create function note_planning() returns trigger language plpgsql as $$
          begin
            insert into public.planning values (coalesce(to_jsonb(new) ->> 'state', 'commit'), current_setting('enable_sort'), current_setting('random_page_cost'));
            return null;
          end $$;
          create trigger note_planning after update on scorekeep_jobs.job_common
            for each row execute function note_planning();
          create constraint trigger note_planning after insert on effect
            deferrable initially deferred for each row execute function note_planning();
        `),
      );
      const work = async (sql: { query(text: string, values: unknown[]): Promise<unknown> }): Promise<void> => {
        await sql.query(NOTE, ['handler']);
        await sql.query('insert into effect (n) values ($1)', [1]);
      };
      const one = job<{ n: number }>('one', {
        mode,
        ...(group && { group }),
        async run(_, context) {
          if (mode === 'claimed') context.onSettle(work);
          else await work(context.tx);
        },
      });
      await keep.enqueueAll(one, numbers(3));
      await keep.start({ jobs: [one] });
      await keep.drain(one);
      const { rows } = await onDatabase(url, (client) => client.query('select distinct * from planning order by step'));
      expect(rows).toEqual([
        { step: 'active', ...fetch },
        { step: 'commit', ...AS_ANYWHERE },
        { step: 'completed', ...settle },
        { step: 'handler', ...AS_ANYWHERE },
      ]);
    });
  });
}
