/** A host with an embedded server, for tests to kill: options as JSON in, `{ url, port, pid }` or `{ code, message }` as a line out. */
import { startPostgres } from '../index.ts';

try {
  const { url, port, pid } = await startPostgres(JSON.parse(process.argv[2] ?? '{}'));
  process.stdout.write(`${JSON.stringify({ url, port, pid })}\n`);
  setInterval(() => {}, 60_000);
} catch (error) {
  const { code, message } = error as { code: string; message: string };
  process.stdout.write(`${JSON.stringify({ code, message })}\n`);
}
