import { canonicalJson } from '../rules/canonical-json.ts';
import type { Event } from './event.ts';

/** What of an event is stored, and enough to send it on. */
export type StorableEvent = Pick<
  Event,
  'id' | 'source' | 'type' | 'version' | 'subject' | 'time' | 'data' | 'extensions'
>;

/**
 * The event as CloudEvents 1.0 JSON. The version of its data is the extension attribute `dataversion`. What a parser reads from
 * it is the same event.
 */
export function toCloudEvent(event: StorableEvent): Readonly<Record<string, unknown>> {
  const { id, source, type, version, subject, time, data, extensions } = event;
  return {
    ...extensions,
    specversion: '1.0',
    id,
    source,
    type,
    subject,
    time: new Date(time).toISOString(),
    datacontenttype: 'application/json',
    dataversion: version,
    data,
  };
}

/** The one text that equal events share: the CloudEvent as canonical JSON (RFC 8785). */
export const canonicalEvent = (event: StorableEvent): string => canonicalJson(toCloudEvent(event));
