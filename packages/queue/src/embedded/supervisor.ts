/**
 * The process between a host and its embedded server. It is the server's parent, so that nothing stays a zombie where no
 * init process reaps; it has a session of its own, so that Ctrl-C in the terminal does not reach it; and it notices by
 * the end of its channel that the host is gone, however that died.
 */
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import type { Binaries } from './find-binaries.ts';
import { type Ready, serve } from './serve.ts';

/** What the host asks for, in one message. */
export interface Request {
  readonly binaries: Binaries;
  readonly directory?: string;
  readonly port?: number;
  readonly durable: boolean;
  readonly settings: Readonly<Record<string, string>>;
  readonly timeout: number;
}

/** The one answer. */
export type Reply = { readonly ready: Ready } | { readonly failed: Failure };

/** What a process can tell another about an {@link EmbeddedPostgresError}. */
type Failure = Pick<EmbeddedPostgresError, 'code' | 'message' | 'fields'>;

const leave = new AbortController();
for (const event of ['disconnect', 'SIGINT', 'SIGTERM', 'SIGHUP']) process.on(event, () => leave.abort());

process.once('message', async (request: Request) => {
  try {
    await serve(request, leave.signal, (ready) => void reply({ ready }));
  } catch (error) {
    await reply({ failed: described(error) });
  }
  process.exit();
});

/** The host may be gone already; then nobody needs the answer. */
function reply(message: Reply): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => resolve());
    else resolve();
  });
}

function described(error: unknown): Failure {
  if (error instanceof EmbeddedPostgresError) return { code: error.code, message: error.message, fields: error.fields };
  const reason = error instanceof Error ? error.message : String(error);
  return {
    code: 'START_FAILED',
    message: `PostgreSQL could not start: ${reason}; set DATABASE_URL to use another server`,
    fields: { reason },
  };
}
