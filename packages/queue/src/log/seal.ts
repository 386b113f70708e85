import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { canonicalJson } from '@scorekeep/core/rules';
import { quote } from '../postgres/identifiers.ts';
import { type Sql, text } from '../postgres/sql.ts';
import type { RegisteredLog } from './register-log.ts';
import { shardOf } from './shard-of.ts';

/** Subject to its key of 256 bits; null when the subject has been erased. */
export type SealKeys = ReadonlyMap<string, Buffer | null>;

/**
 * Reads the keys of subjects and makes those that are missing, unless told to leave them missing.
 *
 * @param make false for a reader, which must not make a key for what nobody sealed
 */
export async function sealKeys(
  sql: Sql,
  log: RegisteredLog,
  subjects: readonly string[],
  { make = true }: { make?: boolean } = {},
): Promise<SealKeys> {
  const shards = subjects.map((subject) => shardOf(subject, log.shards));
  const table = `${quote(log.schema)}.subject_key`;
  const read = async (): Promise<Map<string, Buffer | null>> => {
    const { rows } = await sql.query(
      `select subject, key from ${table} where log = $1 and (shard, subject) in (select * from unnest($2::int2[], $3::text[]))`,
      [log.id, shards, subjects],
    );
    return new Map(rows.map((row) => [text(row, 'subject'), row['key'] as Buffer | null]));
  };
  const keys = await read();
  const missing = make ? subjects.filter((subject) => !keys.has(subject)) : [];
  if (missing.length === 0) return keys;
  await sql.query(
    `insert into ${table} (log, shard, subject, key) select $1, * from unnest($2::int2[], $3::text[], $4::bytea[])
     order by 2, 3 on conflict do nothing`,
    [log.id, missing.map((subject) => shardOf(subject, log.shards)), missing, missing.map(() => randomBytes(32))],
  );
  return read();
}

/**
 * Seals JSON under its subject's key (AES-256-GCM) and answers a JSON text. The nonce is an HMAC of what is sealed, so that
 * an event sent again is sealed to the same text and is found to be a duplicate; nothing else is sealed under that nonce.
 *
 * @param place what the seal is for, such as an event's key: it opens nowhere else
 */
export function seal(keys: SealKeys, subject: string, place: string, data: unknown): string {
  const key = keys.get(subject);
  if (key == null) throw new TypeError('there is no key for this subject');
  const plain = canonicalJson(data);
  const nonce = createHmac('sha256', key).update(`${place}\0${plain}`).digest().subarray(0, NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(place));
  const sealed = Buffer.concat([nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `"${sealed.toString('base64url')}"`;
}

/**
 * Opens what {@link seal} made; undefined when the subject's key is gone.
 *
 * @throws Error when it was not sealed under this key for this place
 */
export function unseal(keys: SealKeys, subject: string, place: string, sealed: string): unknown {
  const key = keys.get(subject);
  if (key == null) return undefined;
  const bytes = Buffer.from(sealed, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE)).setAAD(Buffer.from(place));
  decipher.setAuthTag(bytes.subarray(-TAG));
  return JSON.parse(decipher.update(bytes.subarray(NONCE, -TAG), undefined, 'utf8') + decipher.final('utf8'));
}

/** Bytes of a nonce and of a tag (NIST SP 800-38D). */
const NONCE = 12;
const TAG = 16;
