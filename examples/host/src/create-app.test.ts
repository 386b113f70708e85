import { instrument } from '@scorekeep/observability';
import { expect, test } from 'vitest';
import { createApp } from './create-app.ts';

test('behind a proxy the address is what the proxy adds, not what a client wrote before it', async () => {
  const app = await createApp({ telemetry: instrument(), requestsPerMinute: 3, trustProxy: true });
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
