import type { Sql } from '../postgres/sql.ts';

/**
 * A schema's tables, columns, constraints, indexes, functions and triggers as text, in an order that does not depend on how they came
 * to be.
 */
export async function describeSchema(sql: Sql, schema: string): Promise<string> {
  const { rows } = await sql.query(
    `select 1 as kind, c.relname as name, format(E'create table %s (\\n%s\\n)%s%s;\\n', c.relname,
       (select string_agg(line, E',\\n') from (
          (select format('  %s %s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
                    case when a.attnotnull then ' not null' else '' end,
                    case when a.attidentity <> '' then ' generated always as identity' when d.oid is not null then ' default ' || pg_get_expr(d.adbin, d.adrelid) else '' end) as line
           from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
           where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum)
          union all
          (select format('  constraint %s %s', conname, pg_get_constraintdef(oid)) from pg_constraint
           where conrelid = c.oid and contype <> 'n' order by conname)) lines),
       coalesce(' partition by ' || pg_get_partkeydef(c.oid), ''),
       coalesce(' with (' || array_to_string(c.reloptions, ', ') || ')', ''))
     || coalesce((select string_agg(pg_get_indexdef(i.indexrelid) || ';', E'\\n' order by x.relname) || E'\\n' from pg_index i join pg_class x on x.oid = i.indexrelid
          where i.indrelid = c.oid and not exists (select 1 from pg_constraint k where k.conindid = i.indexrelid)), '') as text
     from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relkind in ('r', 'p')
     union all select 2, p.proname, pg_get_functiondef(p.oid) from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = $1
     union all select 3, t.tgname, pg_get_triggerdef(t.oid) || E';\\n' from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and not t.tgisinternal
     order by 1, 2`,
    [schema],
  );
  return rows.map((row) => String(row['text'])).join('\n');
}
