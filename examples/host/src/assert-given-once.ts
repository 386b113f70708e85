import { HostError } from './host-error.ts';

/**
 * Checks that a query string gives each key once: of two values nobody can tell which is meant.
 *
 * @throws HostError 400 INPUT_INVALID naming the key
 */
export function assertGivenOnce(query: unknown): void {
  const [key] = Object.entries(query ?? {}).find(([, value]) => Array.isArray(value)) ?? [];
  if (key !== undefined)
    throw new HostError(400, 'INPUT_INVALID', `${key.slice(0, NAME_MAX)} is given more than once.`);
}

const NAME_MAX = 60;
