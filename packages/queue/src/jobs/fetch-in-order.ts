const set = (settings: Readonly<Record<string, string | number>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `set local ${name} = ${value}`)
    .join('; ');

/** Rows are all that counts: the pages of waiting jobs are in memory. Of two indexes that read as many, the smaller one. */
const ROWS_COUNT = { random_page_cost: 0, cpu_operator_cost: 0.00001 };

/**
 * Has statements of pg-boss find jobs by their ids, in the transaction under way. A queue that is nearly empty whenever Postgres counts
 * its rows seems to be read as a whole for less; but what its done jobs have left behind, until a vacuum, is in no count.
 */
export const BY_ID = set(ROWS_COUNT);

/**
 * Has pg-boss's fetch read the waiting jobs in the order of its index, in the transaction under way, and then find each by its id. A
 * queue that was empty when Postgres last counted its rows seems to hold a handful, so that sorting all that wait looks as cheap: with
 * 10 000 of them that is nine tenths of what a fetch takes, and what is read so never marks the entries of done jobs as dead. Only for
 * a fetch that can do without any sort: before PostgreSQL 18 one that cannot seems so dear then that Postgres compiles it each time,
 * for a second.
 */
export const IN_ORDER = set({ enable_sort: 'off', ...ROWS_COUNT });

/** The statements of handlers, and whatever runs at their commit, are planned as they would be anywhere. */
export const AS_IT_WAS = set({ enable_sort: 'default', random_page_cost: 'default', cpu_operator_cost: 'default' });
