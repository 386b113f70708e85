import { type Payload, payloadDigest } from './payload-digest.ts';
import { valueHash } from './state-hash.ts';

/** An event of a stream as its chain covers it. */
export interface ChainedEvent {
  /** Its place in the stream, from 1 on. */
  readonly version: number;
  readonly id: string;
  readonly source: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** {@link payloadDigest} of its payload, keyed or not. It outlives the data when that is erased. */
  readonly digest: string;
}

/** Where a chain stands: the hash after an event, which covers that event and all before it. */
export interface ChainHead {
  readonly version: number;
  /** SHA-256, in hex. */
  readonly hash: string;
}

/** An event with the hash that was stored with it. */
export interface ChainLink extends ChainedEvent {
  readonly hash: string;
  /** What the digest was made of, to be compared with it; left out when it has been erased. */
  readonly payload?: Payload | undefined;
}

/** The head of a stream without events; differs from stream to stream, so that chains cannot be exchanged. */
export const chainStart = (stream: string): ChainHead => ({ version: 0, hash: valueHash([FORMAT, stream]) });

/**
 * The head after an event: the SHA-256 of the canonical JSON of `[previous hash, version, source, id, time, digest]`.
 * It does not check that the event follows; {@link verifyChain} does.
 */
export const chainAppend = ({ hash }: ChainHead, { version, source, id, time, digest }: ChainedEvent): ChainHead => ({
  version,
  hash: valueHash([hash, version, source, id, time, digest]),
});

const FORMAT = 'scorekeep-chain-1';

/** What a verifier knows besides the links. */
export interface VerifyChainOptions {
  /** The head that the links follow, when the events before them are gone; the start of the stream when left out. */
  readonly from?: ChainHead;
  /** Where the chain must end. Without it nobody can tell that the newest events were cut off. */
  readonly head?: ChainHead;
  /** The key of the digests, when they are keyed. */
  readonly key?: Uint8Array;
}

/** A whole chain, with the number of payloads that were there to be compared; or the first link that is broken, and how. */
export type ChainVerdict =
  | { readonly ok: true; readonly head: ChainHead; readonly payloads: number }
  | {
      readonly ok: false;
      /** The version whose link is broken; for `head` the last one. */
      readonly version: number;
      /** `gap`: another version than the next. `payload`: not what was digested. `hash`: not the hash of what precedes. `head`: ends elsewhere. */
      readonly fault: 'gap' | 'payload' | 'hash' | 'head';
      readonly expected: string;
      readonly found: string;
    };

/**
 * Verifies a stream's chain, link by link, up to the first that is broken. A change, removal, insertion or exchange of events
 * breaks it at the first event that it touches; erasing payloads does not.
 */
export function verifyChain(
  stream: string,
  links: Iterable<ChainLink>,
  { from = chainStart(stream), head, key }: VerifyChainOptions = {},
): ChainVerdict {
  let at = from;
  let payloads = 0;
  for (const link of links) {
    const version = at.version + 1;
    const broken = (fault: 'gap' | 'payload' | 'hash', expected: string, found: string): ChainVerdict => ({
      ok: false,
      version,
      fault,
      expected,
      found,
    });
    if (link.version !== version) return broken('gap', String(version), String(link.version));
    if (link.payload !== undefined) {
      const digest = payloadDigest(link.payload, key);
      if (digest !== link.digest) return broken('payload', link.digest, digest);
      payloads += 1;
    }
    at = chainAppend(at, link);
    if (at.hash !== link.hash) return broken('hash', at.hash, link.hash);
  }
  if (head === undefined || (head.version === at.version && head.hash === at.hash))
    return { ok: true, head: at, payloads };
  return { ok: false, version: at.version, fault: 'head', expected: headText(head), found: headText(at) };
}

const headText = ({ version, hash }: ChainHead): string => `${version}:${hash}`;
