/**
 * `npm run bench -- event-types`: what comes in as text becomes checked events, one by one and in requests of 100; a stream is folded;
 * a chain is verified. Reference: `JSON.parse` of the same text, which every host pays before it can look at an event.
 */
import {
  chainAppend,
  chainStart,
  decider,
  eventParser,
  eventType,
  foldStream,
  payloadDigest,
  verifyChain,
} from '@scorekeep/core/events';
import { z } from 'zod';
import { type Bench, measure, ratioOf, rowsOf } from '../../../tooling/measure.ts';

const NOW = Date.UTC(2026, 5, 11, 19);
const gameEnded = eventType('game_ended', {
  schema: z.object({
    user_id: z.string(),
    score: z.number().int().min(0),
    duration_seconds: z.number().min(0),
    mode: z.string().optional(),
  }),
  subject: ({ user_id }) => user_id,
  plausible: { scoreRate: { rate: 'score', per: 'duration_seconds', most: 2, atOnce: 10 } },
});
const runs = decider('runs', {
  types: [gameEnded],
  initialState: { best: 0, games: 0 },
  decide: () => [],
  evolve: ({ best, games }, { value }) => ({ best: Math.max(best, value.score), games: games + 1 }),
});

const bench: Bench = async ({ quick, progress }) => {
  const rounds = quick ? 3 : 9;
  const count = quick ? 10_000 : 100_000;
  const inputs = Array.from({ length: count }, (_, i) => ({
    specversion: '1.0',
    id: `018f-${i}`,
    source: '/phone/7',
    type: 'game_ended',
    time: '2026-06-11T18:59:00.123Z',
    data: { user_id: `user-${i % 5_000}`, score: i % 60, duration_seconds: 30, mode: 'endless' },
  }));
  const texts = inputs.map((input) => JSON.stringify(input));
  const requests = Array.from({ length: count / 100 }, (_, i) => `[${texts.slice(i * 100, i * 100 + 100).join(',')}]`);
  const parsed: readonly unknown[] = texts.map((text) => JSON.parse(text));
  const parser = eventParser({ types: [gameEnded] });
  const ingest = await measure({
    contenders: [
      {
        case: 'json-parse',
        items: count,
        run: () => texts.reduce((sum, text) => sum + Object.keys(JSON.parse(text)).length, 0),
      },
      { case: 'parse', items: count, run: () => each(parsed, (input) => [parser.parse(input, NOW)]) },
      {
        case: 'text-to-event',
        items: count,
        run: () => each(texts, (text) => parser.parseText(text, NOW)),
      },
      {
        case: 'requests-of-100',
        items: count,
        run: () => each(requests, (text) => parser.parseText(text, NOW)),
      },
    ],
    rounds,
    progress,
  });
  const stored = inputs
    .slice(0, 10_000)
    .map(({ data }, i) => ({ version: i + 1, type: 'game_ended', typeVersion: 1, data }));
  let head = chainStart('room');
  const links = stored.map(({ version, data }) => {
    const payload = { type: 'game_ended', version: 1, subject: data.user_id, data };
    const event = { version, id: `${version}`, source: '/app', time: NOW, digest: payloadDigest(payload) };
    head = chainAppend(head, event);
    return { ...event, payload, hash: head.hash };
  });
  const streams = await measure({
    contenders: [
      { case: 'fold-stream', items: stored.length, run: () => foldStream(runs, stored) },
      { case: 'verify-chain', items: links.length, run: () => verifyChain('room', links, { head }) },
    ],
    rounds,
    progress,
  });
  return {
    bench: 'events',
    rows: [...rowsOf(ingest, 'event'), ...rowsOf(streams, 'event')],
    ratios: {
      'parse_vs_json-parse': ratioOf(ingest, 'parse', 'json-parse'),
      'text-to-event_vs_json-parse': ratioOf(ingest, 'text-to-event', 'json-parse'),
    },
  };
};

export default bench;

/** Reads all inputs, and makes sure that nothing was saved by refusing one. */
function each<Input>(inputs: readonly Input[], read: (input: Input) => readonly { readonly status: string }[]): void {
  for (const input of inputs) {
    if (read(input).some(({ status }) => status !== 'accepted')) throw new Error('an event was not accepted');
  }
}
