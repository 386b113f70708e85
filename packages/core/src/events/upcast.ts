import { EventsError } from './events-error.ts';
import { isPlainObject } from './json.ts';
import type { Rejection } from './reason.ts';

/** For each version but the current one, how its data becomes data of the next version. Pure; gets a copy of its own. */
export type Upcasters = Readonly<Record<number, (data: Readonly<Record<string, unknown>>) => unknown>>;

/** Data brought up to the current version, or why it could not be. */
export type Upcast =
  | { readonly ok: true; readonly data: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly reason: Rejection };

/**
 * Chains the upcasters of a type: data of version 1 goes through 1, 2, ... up to the current version.
 *
 * @throws EventsError `DEFINITION_INVALID` when a version below the current one has no upcaster, or another one has
 */
export function upcaster(
  type: string,
  version: number,
  steps: Upcasters = {},
): (data: Readonly<Record<string, unknown>>, from: number) => Upcast {
  const chain = Array.from({ length: version - 1 }, (_, i) => {
    const step = steps[i + 1];
    if (typeof step === 'function') return step;
    throw invalid(
      `${type} is at version ${version} and has no upcaster from version ${i + 1}; give upcast: { ${i + 1}: ... }`,
    );
  });
  const surplus = Object.keys(steps).find(
    (key) => !Number.isSafeInteger(Number(key)) || Number(key) < 1 || Number(key) >= version,
  );
  if (surplus !== undefined) {
    throw invalid(
      `${type} has an upcaster from version ${surplus}, but its versions before the current one are 1 to ${version - 1}`,
    );
  }
  return (data, from) => {
    if (!Number.isSafeInteger(from) || from < 1 || from > version) {
      return refused('unknown-version', 'version', `${type} has the versions 1 to ${version}, got ${from}.`);
    }
    if (from === version) return { ok: true, data };
    // A copy, so that an upcaster that writes into what it gets changes nothing that is stored.
    let current: Readonly<Record<string, unknown>> = JSON.parse(JSON.stringify(data));
    for (let i = from; i < version; i++) {
      const place = `v${i}`;
      let next: unknown;
      try {
        next = chain[i - 1]?.(current);
      } catch (error) {
        const kind = error instanceof Error ? error.name : typeof error;
        return refused('upcast', place, `The upcaster of ${type} from version ${i} threw ${kind}.`);
      }
      if (!isPlainObject(next)) {
        return refused('upcast', place, `The upcaster of ${type} from version ${i} gave no object.`);
      }
      current = next;
    }
    return { ok: true, data: current };
  };
}

const refused = (code: 'upcast' | 'unknown-version', path: string, message: string): Upcast => ({
  ok: false,
  reason: { code, path, message },
});

const invalid = (message: string): EventsError => new EventsError('DEFINITION_INVALID', message);
