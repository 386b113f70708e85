/**
 * A condition: nobody holds the advisory lock with these two keys in this database, whose process or transaction is over then.
 *
 * @param first the first key, as SQL or as it is
 * @param second the second key, as SQL
 */
export const isLetGo = (first: string | number, second: string): string =>
  `not exists (select from pg_locks l where l.locktype = 'advisory' and l.granted and l.objsubid = 2
     and l.database = (select oid from pg_database where datname = current_database())
     and l.classid = (${first})::oid and l.objid = (${second})::oid)`;
