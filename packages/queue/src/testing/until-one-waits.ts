/** Until another session waits for what this one has locked. */
export async function untilOneWaits(client: { query(text: string): Promise<{ rows: unknown[] }> }): Promise<void> {
  const waiting = 'select 1 from pg_locks where not granted and pg_backend_pid() = any (pg_blocking_pids(pid))';
  while ((await client.query(waiting)).rows.length === 0);
}
