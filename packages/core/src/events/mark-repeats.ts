import { canonicalJson } from '../rules/canonical-json.ts';
import type { Event, Parsed } from './event.ts';

/**
 * Finds events of one request that have the same identity: each is compared with the first of them. What was rejected is no
 * event and has no identity. Returns a function to be called with the answers in order.
 */
export function marksRepeats(): (parsed: Parsed, place: number) => Parsed {
  const first = new Map<string, { readonly event: Event; readonly place: number }>();
  return (parsed, place) => {
    if (parsed.status === 'rejected') return parsed;
    const { event } = parsed;
    const identity = `${event.source}\0${event.id}`; // No attribute has U+0000.
    const earlier = first.get(identity);
    if (earlier === undefined) {
      first.set(identity, { event, place });
      return parsed;
    }
    const status = samePayload(earlier.event, event) ? 'duplicate' : 'conflict';
    return { status, event, of: earlier.place };
  };
}

function samePayload(a: Event, b: Event): boolean {
  if (a.type !== b.type || a.version !== b.version || a.subject !== b.subject) return false;
  return a.json === b.json || canonicalJson(a.data) === canonicalJson(b.data);
}
