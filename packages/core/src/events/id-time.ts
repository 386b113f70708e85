/**
 * When an id that carries its time was made, in milliseconds since 1970; undefined for every other id. Reads UUIDs of version 7
 * (RFC 9562, section 5.7) and ULIDs. The sender makes ids, so this is what the sender says.
 */
export function idTime(id: string): number | undefined {
  if (UUID7.test(id)) return Number.parseInt(id.slice(0, 8), 16) * 2 ** 16 + Number.parseInt(id.slice(9, 13), 16);
  if (!ULID.test(id)) return undefined;
  return [...id.slice(0, 10).toUpperCase()].reduce((time, digit) => time * 32 + CROCKFORD.indexOf(digit), 0);
}

const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
/** 48 bits of time fit into ten digits of five bits whose first is at most 7. */
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i;
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
