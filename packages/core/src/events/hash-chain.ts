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
export type ChainLink = ChainedEvent & { readonly hash: string };

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
