import { integer, type Row, type Sql, text } from '../postgres/sql.ts';
import type { Following } from './following.ts';
import { buildTable } from './pieces.ts';

/** How two builds differ. */
export interface Differences {
  /** Subjects whose states differ, or that only one of them has. */
  readonly subjects: number;
  /** Some of them, in the order of subjects. */
  readonly examples: readonly Difference[];
}

/** One subject's states, as JSON; null where the build does not have it. */
export interface Difference {
  readonly subject: string;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}

/** Compares two builds of a projection, state by state. */
export async function diffBuilds(
  sql: Sql,
  { schema, label }: Pick<Following, 'schema' | 'label'>,
  before: number,
  after: number,
): Promise<Differences> {
  const [a, b] = [before, after].map((number) => buildTable(schema, label, number));
  const { rows } = await sql.query(
    `with different as materialized (
       select subject, to_jsonb(a) - 'subject' as before, to_jsonb(b) - 'subject' as after
       from ${a} a full join ${b} b using (subject) where a is distinct from b)
     select (select count(*) from different) as subjects,
       coalesce((select json_agg(d order by d.subject) from (select * from different order by subject limit ${EXAMPLES}) d), '[]') as examples`,
  );
  return {
    subjects: integer(rows[0], 'subjects'),
    examples: ((rows[0]?.['examples'] ?? []) as Row[]).map((row) => ({
      subject: text(row, 'subject'),
      before: row['before'] as Difference['before'],
      after: row['after'] as Difference['after'],
    })),
  };
}

/** Most subjects that a comparison shows. */
const EXAMPLES = 100;
