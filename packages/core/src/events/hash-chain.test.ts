import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ChainHead, type ChainLink, chainAppend, chainStart, verifyChain } from './hash-chain.ts';
import { payloadDigest } from './payload-digest.ts';

const STREAM = 'room-7';

function chain(
  payloads: readonly unknown[],
  key?: Uint8Array,
): { readonly links: readonly ChainLink[]; readonly head: ChainHead } {
  let head = chainStart(STREAM);
  const links = payloads.map((data, i): ChainLink => {
    const payload = { type: 'declared', version: 1, subject: STREAM, data };
    const event = {
      version: i + 1,
      id: `e${i + 1}`,
      source: '/app',
      time: 1_781_204_400_000 + i * 1000,
      digest: payloadDigest(payload, key),
    };
    head = chainAppend(head, event);
    return { ...event, payload, hash: head.hash };
  });
  return { links, head };
}

test("the start and two links of an example, as Python's hashlib has them", () => {
  expect(chainStart(STREAM)).toEqual({
    version: 0,
    hash: 'fe9c410c670f209d0ec7f5336e7718cd7baaeb3748051780ea4934e77a939b30',
  });
  const { links } = chain([
    { seat: 0, piles: 3 },
    { seat: 1, piles: 0 },
  ]);
  expect(links.map(({ digest, hash }) => [digest, hash])).toEqual([
    [
      '8645fe67384e4601a03ba2da229b8878487f20e623ae5f0ac7d703ddd9ec9635',
      '1e43c1f4b0e06078eb33b93f625ee763b59b494356a77c05e198baab9dec66b3',
    ],
    [
      '0e7899ec95159c3f735ad563e8651dd3fcd880885d5fcd1b41437d9a9fe1dfd0',
      '9b48fe3a5ce5d3ca568d1fe7263798a8670ea191c2ed7fad0ce3172ab16dc6e7',
    ],
  ]);
});

describe('the verifier', () => {
  const { links, head } = chain([{ n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }]);

  test('passes a whole chain, and says where it ends and how many payloads it compared', () => {
    expect(verifyChain(STREAM, links, { head })).toEqual({ ok: true, head, payloads: 5 });
  });

  test('passes a chain whose payloads were erased, and one that goes on from a head', () => {
    const erased = links.map((link, i) => (i % 2 === 0 ? { ...link, payload: undefined } : link));
    expect(verifyChain(STREAM, erased, { head })).toEqual({ ok: true, head, payloads: 2 });
    const [, second] = links;
    expect(verifyChain(STREAM, links.slice(2), { from: { version: 2, hash: second?.hash ?? '' }, head })).toMatchObject(
      { ok: true },
    );
  });

  test('names the first link that any one change breaks', () => {
    const change = fc.constantFrom<(link: ChainLink) => ChainLink>(
      (link) => ({ ...link, id: `${link.id}x` }),
      (link) => ({ ...link, source: '/other' }),
      (link) => ({ ...link, time: link.time + 1 }),
      (link) => ({ ...link, version: link.version + 1 }),
      (link) => ({
        ...link,
        digest: link.digest.replace(/^./, (digit) => (digit === '0' ? '1' : '0')),
        payload: undefined,
      }),
      (link) => ({ ...link, hash: link.hash.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')) }),
      (link) => ({ ...link, payload: link.payload && { ...link.payload, data: { n: -1 } } }),
      (link) => ({ ...link, payload: link.payload && { ...link.payload, subject: 'room-8' } }),
    );
    fc.assert(
      fc.property(fc.nat(4), change, (place, alter) => {
        const altered = links.map((link, i) => (i === place ? alter(link) : link));
        expect(verifyChain(STREAM, altered)).toMatchObject({ ok: false, version: place + 1 });
      }),
    );
  });

  test('notices an event that is removed, exchanged, or put in', () => {
    const [a, b, c] = links;
    const given = (...some: readonly (ChainLink | undefined)[]) =>
      some.flatMap((link) => (link === undefined ? [] : [link]));
    expect(verifyChain(STREAM, given(a, c))).toMatchObject({
      ok: false,
      version: 2,
      fault: 'gap',
      expected: '2',
      found: '3',
    });
    expect(verifyChain(STREAM, given(b, a))).toMatchObject({ ok: false, version: 1, fault: 'gap' });
    const put = chain([{ n: 9 }]).links.map((link) => ({ ...link, version: 2 }));
    expect(verifyChain(STREAM, given(a, ...put, b))).toMatchObject({ ok: false, version: 2, fault: 'hash' });
  });

  test('notices that the newest events were cut off only when it knows the head', () => {
    const cut = links.slice(0, 3);
    expect(verifyChain(STREAM, cut)).toMatchObject({ ok: true, head: { version: 3 } });
    expect(verifyChain(STREAM, cut, { head })).toMatchObject({ ok: false, version: 3, fault: 'head' });
  });

  test('does not pass the chain of one stream for another', () => {
    expect(verifyChain('room-8', links)).toMatchObject({ ok: false, version: 1, fault: 'hash' });
  });

  test('needs the key of keyed digests', () => {
    const key = Uint8Array.from({ length: 32 }, () => 7);
    const keyed = chain([{ n: 0 }], key);
    expect(verifyChain(STREAM, keyed.links, { key })).toMatchObject({ ok: true });
    expect(verifyChain(STREAM, keyed.links)).toMatchObject({ ok: false, fault: 'payload' });
  });
});
