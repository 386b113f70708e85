/**
 * What may be told of an error: its SQLSTATE, Node's or our own code, or the name of its class. Never its text, which
 * may quote a row, a statement or an address with a password.
 */
export function errorCode(error: unknown): string {
  try {
    const code = (error as { code?: unknown } | null | undefined)?.code;
    if (typeof code === 'string' && /^\w{2,40}$/.test(code)) return code;
    return error instanceof Error && /^\w{1,40}$/.test(error.name) ? error.name : OTHER;
  } catch {
    // A getter of its own, or a proxy.
    return OTHER;
  }
}

const OTHER = '_OTHER';
