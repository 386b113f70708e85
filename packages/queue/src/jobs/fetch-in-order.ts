/**
 * Has pg-boss's fetch read the waiting jobs in the order of its index, in the transaction under way. A queue that was empty when
 * Postgres last counted its rows seems to hold a handful, so that sorting all that wait looks as cheap: with 10 000 of them that is
 * nine tenths of what a fetch takes, and what is read so never marks the entries of done jobs as dead. Only for a fetch that can do
 * without any sort: before PostgreSQL 18 one that cannot seems so dear then that Postgres compiles it each time, for a second.
 */
export const IN_ORDER = 'set local enable_sort = off';

/** The handler's own statements are planned as they would be anywhere. */
export const AS_IT_WAS = 'set local enable_sort = default';
