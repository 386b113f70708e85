import type pg from 'pg';

/** The display names of entrants, by id. */
export async function namesOf(host: pg.Pool, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { rows } = await host.query<{ id: string; name: string }>(
    'select entrant_id::text as id, display_name as name from entrant where entrant_id = any ($1::uuid[])',
    [ids],
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** One of them. */
export async function nameOf(host: pg.Pool, id: string): Promise<string> {
  return (await namesOf(host, [id])).get(id) ?? 'nobody';
}
