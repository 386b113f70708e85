/** The event that is sent unless EVENT_BODY gives another; the placeholders stand for a UUID, a number and the time. */
export const EVENT_BODY =
  '{"id":"{{uuid}}","type":"played","time":"{{time}}","data":{"user_id":"user-{{n}}","n":{{n}},"score":1}}';

/** Fills a template's `{{uuid}}`, `{{n}}` and `{{time}}`. */
export function fillBody(template: string, n: number, random: () => number, now: Date): string {
  const hex = (length: number): string => Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
  const uuid = (): string => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
  return template.replaceAll('{{uuid}}', uuid).replaceAll('{{n}}', String(n)).replaceAll('{{time}}', now.toISOString());
}
