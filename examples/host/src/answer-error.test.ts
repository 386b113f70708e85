import { expect, test } from 'vitest';
import { answerError } from './answer-error.ts';

test.each(['EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'ECONNREFUSED', '57P01', '08006'])(
  '%s, as of a Postgres whose container is stopped, is 503 and not 500',
  (code) => {
    const error = Object.assign(new Error('getaddrinfo EAI_AGAIN postgres'), { code });
    expect(answerError(error)).toMatchObject({ status: 503, retryAfter: 1, unexpected: code });
  },
);

test('a connection that broke between two statements of a request is 503 and not 500', () => {
  for (const message of [
    'Client has encountered a connection error and is not queryable',
    'Client was closed and is not queryable',
    'Connection terminated unexpectedly',
  ])
    expect(answerError(new Error(message))).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' } });
});

test('of an error that nobody foresaw nothing is told', () => {
  const answer = answerError(Object.assign(new Error('secret'), { code: 'EACCES' }));
  expect(answer).toMatchObject({ status: 500, unexpected: 'EACCES' });
  expect(JSON.stringify(answer)).not.toContain('secret');
});
