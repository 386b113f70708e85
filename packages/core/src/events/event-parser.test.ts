import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { canonicalEvent, toCloudEvent } from './cloud-event.ts';
import { eventParser } from './event-parser.ts';
import { eventType } from './event-type.ts';
import { appLaunched, game, gameEnded, NOW } from './testing/game.ts';

const parser = eventParser({ types: [gameEnded, appLaunched] });
const example = eventType('com.example.someevent', {
  schema: z.object({ appinfoA: z.string() }),
  subject: () => 'all',
});

describe('the examples of the CloudEvents JSON format 1.0.2, section 3.2', () => {
  const examples = eventParser({ types: [example], behind: Number.POSITIVE_INFINITY });
  const attributes = {
    specversion: '1.0',
    type: 'com.example.someevent',
    source: '/mycontext',
    subject: null,
    time: '2018-04-05T17:31:00Z',
    comexampleextension1: 'value',
    comexampleothervalue: 5,
    unsetextension: null,
  };

  test('an object as data is accepted with its extensions; null is unset', () => {
    const input = {
      ...attributes,
      id: 'C234-1234-1234',
      datacontenttype: 'application/json',
      data: { appinfoA: 'abc', appinfoB: 123, appinfoC: true },
    };
    expect(examples.parse(input, NOW)).toMatchObject({
      status: 'accepted',
      event: {
        id: 'C234-1234-1234',
        source: '/mycontext',
        time: Date.UTC(2018, 3, 5, 17, 31),
        extensions: { comexampleextension1: 'value', comexampleothervalue: 5 },
        data: { appinfoA: 'abc', appinfoB: 123, appinfoC: true },
      },
    });
  });

  test.each([
    [
      'bytes',
      { id: 'A234', datacontenttype: 'application/vnd.apache.thrift.binary', data_base64: 'AAAA' },
      'unsupported:data_base64',
    ],
    [
      'XML',
      { id: 'B234', datacontenttype: 'application/xml', data: '<much wow="xml"/>' },
      'unsupported:datacontenttype',
    ],
    ['a text', { id: 'D234', data: "I'm just a string" }, 'not-object:data'],
  ])('%s as data is refused by name', (_, more, reason) => {
    const parsed = examples.parse({ ...attributes, ...more }, NOW);
    expect(parsed.status === 'rejected' && `${parsed.reason.code}:${parsed.reason.path}`).toBe(reason);
  });

  test('an empty batch has no answers', () => expect(examples.parseText('[]', NOW)).toEqual([]));
});

describe('an accepted event', () => {
  test('keeps the data as sent, unknown fields included, beside what the schema made of it', () => {
    expect(parser.parse(game({ colour: 'red' }), NOW)).toMatchObject({
      status: 'accepted',
      event: {
        type: 'game_ended',
        version: 1,
        subject: 'ann',
        time: NOW - 60_000,
        urgent: true,
        data: { user_id: 'ann', score: 12, duration_seconds: 30, colour: 'red' },
        json: '{"user_id":"ann","score":12,"duration_seconds":30,"colour":"red"}',
        value: { user_id: 'ann', score: 12, duration_seconds: 30 },
        drift: { unknown: ['colour'], missing: ['hearts_remaining', 'cause'] },
      },
    });
  });

  test('happened when it came in, unless it says when', () => {
    expect(parser.parse(game({}, { time: undefined }), NOW)).toMatchObject({ event: { time: NOW } });
  });

  test('has no data when it has none', () => {
    const launched = { id: '1', source: '/phone/7', type: 'app_launched', subject: 'ann' };
    expect(parser.parse(launched, NOW)).toMatchObject({ status: 'accepted', event: { data: {}, json: '{}' } });
  });

  test('may leave its source to the host', () => {
    const own = eventParser({ types: [gameEnded], source: '/app' });
    expect(own.parse(game({}, { source: null }), NOW)).toMatchObject({ event: { source: '/app' } });
    expect(own.parse(game(), NOW)).toMatchObject({ event: { source: '/phone/7' } });
    expect(parser.parse(game({}, { source: null }), NOW)).toMatchObject({
      reason: { code: 'missing', path: 'source' },
    });
  });

  test('survives the way out and back in: the same event, and the same canonical text', () => {
    const json = fc.dictionary(
      fc.string({ unit: 'grapheme-ascii', minLength: 1 }),
      fc.oneof(fc.integer(), fc.string(), fc.boolean()),
    );
    const extensions = fc.dictionary(
      fc.stringMatching(/^x[a-z0-9]{1,9}$/),
      fc.oneof(fc.boolean(), fc.integer(), fc.string({ unit: 'grapheme-ascii', minLength: 1 })),
      { maxKeys: 5 },
    );
    const time = fc.integer({ min: -3e10, max: 6e5 }).map((seconds) => NOW + seconds / 1000 - (seconds % 1000) / 1000);
    const text = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
      .filter((value) => !/\p{Cc}|\p{Cn}|\p{Cs}/u.test(value));
    fc.assert(
      fc.property(text, text, text, time, json, extensions, (id, source, subject, at, data, more) => {
        const input = { ...more, id, source, subject, type: 'app_launched', time: new Date(at).toISOString(), data };
        const first = parser.parse(input, NOW);
        if (first.status === 'rejected') {
          expect(first.reason.code).toMatch(/^(schema|reserved-key)$/);
          return;
        }
        const again = parser.parse(JSON.parse(JSON.stringify(toCloudEvent(first.event))), NOW);
        expect(again).toEqual(first);
        if (again.status !== 'rejected') expect(canonicalEvent(again.event)).toBe(canonicalEvent(first.event));
      }),
    );
  });
});

describe('the version of the data', () => {
  const moved = eventType('moved', {
    schema: z.object({ to: z.number() }),
    version: 3,
    upcast: { 1: ({ x }) => ({ at: x }), 2: ({ at }) => ({ to: at }) },
    subject: () => 'all',
    dataschema: 'https://example.com/moved/',
  });
  const versions = eventParser({ types: [moved], source: '/app' });
  const read = (attributes: object) => versions.parse({ id: '1', type: 'moved', ...attributes }, NOW);

  test('is 1 when none is named, dataversion, or the end of dataschema; the value is always of the newest', () => {
    expect(read({ data: { x: 5 } })).toMatchObject({ event: { version: 1, data: { x: 5 }, value: { to: 5 } } });
    expect(read({ data: { at: 5 }, dataversion: 2 })).toMatchObject({ event: { version: 2, value: { to: 5 } } });
    expect(read({ data: { to: 5 }, dataschema: 'https://example.com/moved/3' })).toMatchObject({
      event: { version: 3, value: { to: 5 } },
    });
  });

  test('must be one that the type has', () => {
    const unknown = { status: 'rejected', reason: { code: 'unknown-version' } };
    expect(read({ data: {}, dataversion: 4 })).toMatchObject(unknown);
    expect(read({ data: {}, dataschema: 'https://example.com/moved/4' })).toMatchObject(unknown);
    expect(read({ data: {}, dataschema: 'https://example.com/other/1' })).toMatchObject(unknown);
    expect(read({ data: {}, dataversion: 0 })).toMatchObject({ reason: { code: 'wrong-type', path: 'dataversion' } });
  });
});

describe('the subject', () => {
  test('comes from the data where the type says so, and the envelope may not say otherwise', () => {
    expect(parser.parse(game({}, { subject: 'ann' }), NOW)).toMatchObject({ event: { subject: 'ann' } });
    expect(parser.parse(game({}, { subject: 'bob' }), NOW)).toMatchObject({ reason: { code: 'subject' } });
  });

  test('else comes from the envelope, which must have one', () => {
    const launched = { id: '1', source: '/phone/7', type: 'app_launched' };
    expect(parser.parse({ ...launched, subject: 'ann' }, NOW)).toMatchObject({ event: { subject: 'ann' } });
    expect(parser.parse(launched, NOW)).toMatchObject({ reason: { code: 'missing', path: 'subject' } });
  });

  test('is a text within the limit, whatever the function gives', () => {
    const wrong = (subject: () => unknown) =>
      eventParser({
        types: [eventType('t', { schema: z.object({}), subject: subject as () => string })],
        source: '/a',
      }).parse({ id: '1', type: 't' }, NOW);
    expect(wrong(() => 7)).toMatchObject({ reason: { code: 'subject' } });
    expect(wrong(() => '')).toMatchObject({ reason: { code: 'malformed', path: 'subject' } });
    expect(wrong(() => 'x'.repeat(256))).toMatchObject({ reason: { code: 'limit', path: 'attribute' } });
    expect(wrong(() => 'a\0')).toMatchObject({ reason: { code: 'nul', path: 'subject' } });
    expect(
      wrong(() => {
        throw new TypeError('private detail');
      }),
    ).toMatchObject({ reason: { code: 'subject', message: 'The subject of t threw TypeError.' } });
  });
});

describe('a doubted event is quarantined with every reason', () => {
  const doubts = (input: unknown) => {
    const parsed = parser.parse(input, NOW);
    return parsed.status === 'quarantined' ? parsed.doubts.map(({ code, path }) => `${code}:${path}`) : parsed.status;
  };

  test('when it is implausible', () => {
    expect(doubts(game({ score: 71 }))).toEqual(['implausible:scoreRate']);
    expect(doubts(game({ score: 70 }))).toBe('accepted');
    expect(doubts(game({ score: 2_000_000, cause: 'obstacle', hearts_remaining: 1 }))).toEqual([
      'implausible:scoreRate',
      'implausible:deadWithHearts',
      'implausible:possible',
    ]);
  });

  test('when its clock must be wrong: 1970, 2100, and just beyond what is allowed', () => {
    const at = (time: number | string) => doubts(game({}, { time: new Date(time).toISOString() }));
    expect(at(0)).toEqual(['time-behind:time']);
    expect(at('2100-01-01T00:00:00Z')).toEqual(['time-ahead:time']);
    expect(at(NOW + 600_000)).toBe('accepted');
    expect(at(NOW + 600_001)).toEqual(['time-ahead:time']);
    expect(at(NOW - 366 * 86_400_000)).toBe('accepted');
    expect(at(NOW - 366 * 86_400_000 - 1)).toEqual(['time-behind:time']);
  });
});

describe('a request', () => {
  const statuses = (input: unknown) => parser.parseBatch(input, NOW).map(({ status }) => status);

  test('of one event has one answer, of a list one for each, in order, the good ones kept', () => {
    expect(statuses(game())).toEqual(['accepted']);
    expect(statuses([game(), 7, game({ score: -1 }, { id: 'run-2' }), game({}, { id: 'run-3' })])).toEqual([
      'accepted',
      'rejected',
      'rejected',
      'accepted',
    ]);
  });

  test('with an identity twice tells a duplicate from a conflict, by payload and not by time, key order or tracing', () => {
    const reordered = { duration_seconds: 30, score: 12, user_id: 'ann' };
    const again = [
      game(),
      { ...game(), data: reordered, time: '2026-06-11T18:59:30Z', traceparent: '00-1' },
      game({ score: 13 }),
      game({}, { source: '/phone/8' }),
      game({}, { dataversion: 1 }),
    ];
    expect(parser.parseBatch(again, NOW)).toMatchObject([
      { status: 'accepted' },
      { status: 'duplicate', of: 0 },
      { status: 'conflict', of: 0 },
      { status: 'accepted' },
      { status: 'duplicate', of: 0 },
    ]);
  });

  test('does not let a rejected event take the identity of a good one', () => {
    expect(statuses([game({ score: -1 }), game()])).toEqual(['rejected', 'accepted']);
  });
});

describe('a parser that is refused', () => {
  const invalid = expect.objectContaining({ code: 'DEFINITION_INVALID' });
  test('for two types of one name, or none', () => {
    expect(() => eventParser({ types: [gameEnded, gameEnded] })).toThrow(invalid);
    expect(() => eventParser({ types: [] })).toThrow(invalid);
  });
  test('for a limit, source or span that is none', () => {
    expect(() => eventParser({ types: [gameEnded], limits: { depth: 0 } })).toThrow(invalid);
    expect(() => eventParser({ types: [gameEnded], limits: { depht: 3 } as object })).toThrow(
      /There is no limit "depht"/,
    );
    expect(() => eventParser({ types: [gameEnded], source: '' })).toThrow(invalid);
    expect(() => eventParser({ types: [gameEnded], ahead: -1 })).toThrow(invalid);
    expect(() => eventParser({ types: [gameEnded], behind: Number.NaN })).toThrow(invalid);
  });
});
