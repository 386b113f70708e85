import { correlation, instrument } from '@scorekeep/observability';
import { expect, test } from 'vitest';
import { createApp } from './create-app.ts';
import { limitInProcess } from './rate-limit.ts';

const telemetry = instrument();

test('behind a proxy the address is what the proxy adds, not what a client wrote before it', async () => {
  const app = await createApp({ telemetry, limit: limitInProcess(3, 60), trustProxy: true });
  app.get('/address', (request) => ({ ip: request.ip }));
  const answers = [];
  for (let i = 1; i <= 4; i++) {
    const headers = { 'x-forwarded-for': `6.6.6.${i}, 9.9.9.9` };
    answers.push(await app.inject({ method: 'GET', url: '/address', headers }));
  }
  await app.close();
  expect(answers[0]?.json()).toEqual({ ip: '9.9.9.9' });
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 429]);
});

test('a key that a query gives twice is refused by its name, and not read as its first or last value', async () => {
  const app = await createApp({ telemetry, limit: limitInProcess(100, 60), trustProxy: false });
  app.get('/list', (request) => request.query);
  for (const query of ['limit=1&limit=2', 'limit=1&limit=1', 'user=a&limit=1&limit=', 'limit&limit']) {
    const answer = await app.inject({ url: `/list?${query}` });
    expect(answer.json()).toEqual({
      statusCode: 400,
      code: 'INPUT_INVALID',
      message: 'limit is given more than once.',
    });
  }
  expect((await app.inject({ url: '/list?limit=1&user=a' })).json()).toEqual({ limit: '1', user: 'a' });
  await app.close();
});

test('who asks from ever other addresses of one IPv6 network is limited like who asks from one', async () => {
  const app = await createApp({ telemetry, limit: limitInProcess(3, 60), trustProxy: false });
  app.get('/', async () => ({}));
  const from = async (remoteAddress: string) => (await app.inject({ url: '/', remoteAddress })).statusCode;
  const answers = [];
  for (let i = 1; i <= 4; i++) answers.push(await from(`2001:db8::${i}`));
  expect(answers).toEqual([200, 200, 200, 429]);
  expect(await from('2001:db8:0:1::1')).toBe(200);
  await app.close();
});

test('requests of two processes have no correlation id in common', async () => {
  const seen = new Set<string | undefined>();
  for (let process = 0; process < 2; process++) {
    const app = await createApp({ telemetry, limit: limitInProcess(100, 60), trustProxy: false });
    app.get('/', async () => ({ id: correlation()?.correlation_id }));
    for (let i = 0; i < 3; i++) seen.add((await app.inject({ url: '/' })).json().id);
    await app.close();
  }
  expect(seen.size).toBe(6);
  for (const id of seen) expect(id).toMatch(/^[\da-f-]{36}$/);
});

test('who had an id of more than 100 characters was told that the request cannot be read', async () => {
  const app = await createApp({ telemetry, limit: limitInProcess(100, 60), trustProxy: false });
  app.get('/users/:id', ({ params }) => params);
  for (const id of ['a'.repeat(255), 'é'.repeat(255), '語'.repeat(255)]) {
    expect((await app.inject({ url: `/users/${encodeURIComponent(id)}` })).json()).toEqual({ id });
  }
  expect((await app.inject({ url: `/users/${'a'.repeat(256)}` })).statusCode).toBe(414);
  await app.close();
});
