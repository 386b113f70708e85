/**
 * The shard of a subject: FNV-1a over its UTF-16 code units, mixed with MurmurHash3's finalizer because the low bits of
 * FNV-1a alone are as patterned as the subject's, modulo the number of shards. It is fixed for ever: stored events lie by it.
 *
 * @param shards 1 to 32767, fixed when a log is made
 */
export function shardOf(subject: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < subject.length; i++) hash = Math.imul(hash ^ subject.charCodeAt(i), 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  return (hash >>> 0) % shards;
}
