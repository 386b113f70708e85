import Fastify from 'fastify';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '../../../tooling/test-database.ts';
import { answerError } from './answer-error.ts';
import { type Auth, openAuth } from './auth.ts';

type App = ReturnType<typeof Fastify>;

let pool: pg.Pool;
const apps: App[] = [];

beforeAll(async () => {
  pool = new pg.Pool({ connectionString: (await testDatabase()).url, max: 6 });
});
afterAll(async () => {
  for (const app of apps) await app.close();
  await pool.end();
});

async function appOf(auth: Auth): Promise<App> {
  const app = Fastify();
  app.setErrorHandler((error, _, reply) => {
    const { status, body } = answerError(error);
    return reply.code(status).send(body);
  });
  auth.routes(app);
  app.get('/me', (request) => auth.user(request));
  app.get('/admin', (request) => auth.admin(request));
  apps.push(app);
  return app;
}

const sent = new Map<string, string>();
const gateway = async (phone: string, code: string): Promise<void> => {
  if (phone.endsWith('999')) throw new Error('the gateway is down');
  sent.set(phone, code);
};
const open = (sendCode: typeof gateway | undefined = gateway): Promise<Auth> =>
  openAuth({ pool, adminPhones: ['+4900000001'], sendCode });
const post = (app: App, path: string, payload: object, remoteAddress = '127.0.0.1') =>
  app.inject({ method: 'POST', url: path, payload, remoteAddress });
const get = (app: App, path: string, token: string) =>
  app.inject({ method: 'GET', url: path, headers: { authorization: `Bearer ${token}` } });

/** Signs in, and answers the token. */
async function signIn(app: App, phone: string): Promise<string> {
  expect((await post(app, '/auth/send-otp', { phone })).statusCode).toBe(200);
  const verified = await post(app, '/auth/verify-otp', { phone, code: sent.get(phone) ?? '' });
  expect(verified.statusCode).toBe(200);
  const { accessToken }: { accessToken: string } = verified.json();
  return accessToken;
}

describe('sign-in by a code', () => {
  test('two processes can start at once on an empty database', async () => {
    await expect(Promise.all([open(), open(), open()])).resolves.toHaveLength(3);
  });

  test('the code that was sent gives a token, which another process knows too, until it is signed out', async () => {
    const [app, other] = [await appOf(await open()), await appOf(await open())];
    const token = await signIn(app, '09123456789');
    const me = await get(other, '/me', token);
    expect(me.json()).toEqual({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), role: 'user' });
    expect((await get(other, '/admin', token)).json()).toMatchObject({ statusCode: 403, code: 'FORBIDDEN' });
    const out = await app.inject({
      method: 'POST',
      url: '/auth/sign-out',
      headers: { authorization: `Bearer ${token}` },
    });
    expect(out.statusCode).toBe(200);
    expect((await get(other, '/me', token)).json()).toMatchObject({ statusCode: 401, code: 'UNAUTHENTICATED' });
  });

  test('a number named in ADMIN_PHONES is an administrator', async () => {
    const app = await appOf(await open());
    expect((await get(app, '/admin', await signIn(app, '+4900000001'))).statusCode).toBe(200);
  });

  test('a number taken off ADMIN_PHONES is an administrator no more, whatever token it has', async () => {
    const phone = '+4900000009';
    const before = await appOf(await openAuth({ pool, adminPhones: [phone], sendCode: gateway }));
    const token = await signIn(before, phone);
    expect((await get(before, '/admin', token)).statusCode).toBe(200);
    const after = await appOf(await openAuth({ pool, adminPhones: [], sendCode: gateway }));
    expect((await get(after, '/admin', token)).statusCode).toBe(403);
  });

  test('a number with + and one with 00 in its place both sign in', async () => {
    const app = await appOf(await open());
    await signIn(app, '+4915112345678');
    await signIn(app, '004915112345678');
  });

  test('the answer holds neither code nor token when a gateway sends the code', async () => {
    const answer = await post(await appOf(await open()), '/auth/send-otp', { phone: '09120000001' });
    expect(answer.json()).toEqual({ message: 'code sent', expiresInSeconds: 120 });
  });

  test('in development the answer holds a code and, as the guide has it, a token', async () => {
    const app = await appOf(await openAuth({ pool, adminPhones: [], sendCode: undefined }));
    const { code, accessToken } = (await post(app, '/auth/send-otp', { phone: '09120000002' })).json();
    expect((await get(app, '/me', accessToken)).statusCode).toBe(200);
    expect((await post(app, '/auth/verify-otp', { phone: '09120000002', code })).statusCode).toBe(200);
  });

  test('a code works once, and a wrong one not at all', async () => {
    const app = await appOf(await open());
    await signIn(app, '09120000003');
    for (const code of [sent.get('09120000003'), '', '0000000']) {
      const again = await post(app, '/auth/verify-otp', { phone: '09120000003', code });
      expect(again.json()).toMatchObject({ statusCode: 401, code: 'CODE_INVALID' });
    }
  });

  test('a second code in two minutes, and a sixth try in one, are refused by every process', async () => {
    const [app, other] = [await appOf(await open()), await appOf(await open())];
    const phone = '09120000004';
    await post(app, '/auth/send-otp', { phone });
    const second = await post(other, '/auth/send-otp', { phone });
    expect(second.json()).toMatchObject({ statusCode: 429, code: 'RATE_LIMIT_EXCEEDED' });
    const tries = [];
    for (let i = 0; i < 6; i++) tries.push(await post(i % 2 ? app : other, '/auth/verify-otp', { phone, code: '1' }));
    expect(tries.map((one) => one.statusCode)).toEqual([401, 401, 401, 401, 401, 429]);
  });

  test('a stranger who tries codes of a number keeps its owner out for no minute', async () => {
    const app = await appOf(await open());
    const phone = '09120000013';
    const verify = () => post(app, '/auth/verify-otp', { phone, code: '1' }, '203.0.113.9');
    for (let i = 0; i < 5; i++) expect((await verify()).statusCode).toBe(401);
    expect((await verify()).statusCode).toBe(429);
    await signIn(app, phone);
  });

  test('a stranger who tries codes does not use up the one that its owner was sent', async () => {
    const app = await appOf(await open());
    const phone = '09120000016';
    await post(app, '/auth/send-otp', { phone });
    const code = sent.get(phone) ?? '';
    const wrong = code === '000000' ? '000001' : '000000';
    for (let i = 0; i < 5; i++) {
      const tried = await post(app, '/auth/verify-otp', { phone, code: wrong }, '203.0.113.10');
      expect(tried.statusCode).toBe(401);
    }
    expect((await post(app, '/auth/verify-otp', { phone, code })).statusCode).toBe(200);
  });

  test('a stranger who tries codes all day keeps its owner out for no day: 20 wrong ones are all that an address has', async () => {
    const app = await appOf(await open());
    const phone = '09120000017';
    const stranger = async (): Promise<number> => {
      await pool.query(`delete from rate_limit where key like 'verify-otp:%'`);
      return (await post(app, '/auth/verify-otp', { phone, code: '1' }, '203.0.113.11')).statusCode;
    };
    await post(app, '/auth/send-otp', { phone });
    const code = sent.get(phone) ?? '';
    const answers: number[] = [];
    for (let i = 0; i < 120; i++) answers.push(await stranger());
    expect(answers).toEqual([...new Array<number>(20).fill(401), ...new Array<number>(100).fill(429)]);
    expect((await post(app, '/auth/verify-otp', { phone, code })).statusCode).toBe(200);
  });

  test('a code is not found by trying for a year: after 100 wrong ones a number takes none until the next day', async () => {
    const app = await appOf(await open());
    const phone = '09120000014';
    const answers: number[] = [];
    for (let i = 0; i < 102; i++) {
      // Each from another address, and no two minutes between codes.
      if (i % 3 === 0) {
        await pool.query(`delete from rate_limit where key like 'send-otp:%'`);
        expect((await post(app, '/auth/send-otp', { phone }, `10.0.1.${i}`)).statusCode).toBe(200);
      }
      const code = sent.get(phone) === '000000' ? '000001' : '000000';
      answers.push((await post(app, '/auth/verify-otp', { phone, code }, `10.0.0.${i}`)).statusCode);
    }
    expect(answers).toEqual([...new Array<number>(100).fill(401), 429, 429]);
    const right = await post(app, '/auth/verify-otp', { phone, code: sent.get(phone) ?? '' });
    expect(right.json()).toMatchObject({ statusCode: 429, code: 'RATE_LIMIT_EXCEEDED' });
    await signIn(app, '09120000015');
  });

  test('codes that a locked number did not even compare used up those of its owner for the day after', async () => {
    const app = await appOf(await open());
    const phone = '09120000018';
    await post(app, '/auth/send-otp', { phone });
    const verify = async (by: string, wrong: boolean): Promise<number> => {
      const code = sent.get(phone) ?? '';
      await pool.query(`delete from rate_limit where key like 'verify-otp:%'`);
      return (await post(app, '/auth/verify-otp', { phone, code: wrong ? '1' : code }, by)).statusCode;
    };
    for (let i = 0; i < 100; i++) expect(await verify(`10.1.${i % 5}.1`, true)).toBe(401);
    for (let i = 0; i < 25; i++) expect(await verify('203.0.113.12', false)).toBe(429);
    // The next day has come for the number, not yet for the address.
    await pool.query(`delete from rate_limit where points >= 100 or key like 'send-otp:%'`);
    await post(app, '/auth/send-otp', { phone });
    expect(await verify('203.0.113.12', false)).toBe(200);
  });

  test('an IPv6 network has the codes of one address, however many addresses it has', async () => {
    const app = await appOf(await open());
    const send = (i: number, address: string) => post(app, '/auth/send-otp', { phone: `0913000${1_000 + i}` }, address);
    for (let i = 0; i < 100; i++) expect((await send(i, `2001:db8::${i.toString(16)}`)).statusCode).toBe(200);
    expect((await send(100, '2001:db8::ffff')).json()).toMatchObject({ code: 'RATE_LIMIT_EXCEEDED' });
    expect((await send(100, '2001:db8:0:1::1')).statusCode).toBe(200);
  });

  test('a gateway that is down uses up nobody’s codes, neither a number’s nor those of an address', async () => {
    let down = true;
    const failing = async (phone: string, code: string): Promise<void> => {
      if (down) throw new Error('the gateway is down');
      sent.set(phone, code);
    };
    const app = await appOf(await open(failing));
    const send = (phone: string) => post(app, '/auth/send-otp', { phone });
    for (let i = 0; i < 110; i++) {
      const answer = await send('09120000010');
      expect(answer.json()).toMatchObject({ statusCode: 503, code: 'CODE_NOT_SENT' });
    }
    down = false;
    expect((await send('09120000010')).statusCode).toBe(200);
    expect((await send('09120000010')).json()).toMatchObject({ statusCode: 429, code: 'RATE_LIMIT_EXCEEDED' });
    expect((await send('09120000011')).statusCode).toBe(200);
  });

  test('whoever is refused while the gateway does not answer may try again once it has failed', async () => {
    const gateways: PromiseWithResolvers<void>[] = [];
    const hanging = (): Promise<void> => {
      const gateway = Promise.withResolvers<void>();
      gateways.push(gateway);
      return gateway.promise;
    };
    const app = await appOf(await open(hanging));
    const send = () => post(app, '/auth/send-otp', { phone: '09120000012' });
    const first = send();
    await expect.poll(() => gateways.length, { timeout: 60_000 }).toBe(1);
    expect((await send()).statusCode).toBe(429);
    gateways[0]?.reject(new Error('no answer'));
    expect((await first).statusCode).toBe(503);
    const second = send();
    await expect.poll(() => gateways.length, { timeout: 60_000 }).toBe(2);
    gateways[1]?.resolve();
    expect((await second).statusCode).toBe(200);
  });

  test('nothing that was stored tells a number or a code to who reads the limits or the codes', async () => {
    const { rows } = await pool.query(
      `select string_agg(key, ' ') as keys, (select coalesce(string_agg(identifier, ' '), '') from auth_verification) as codes from rate_limit`,
    );
    expect(JSON.stringify(rows)).not.toMatch(/0912\d{7}/);
  });

  test('a number that is none, a gateway that is down and a token that is nonsense have answers of their own', async () => {
    const app = await appOf(await open());
    for (const phone of ['12', 'a'.repeat(10), "1' or '1", '+49 123 456']) {
      expect((await post(app, '/auth/send-otp', { phone })).json()).toMatchObject({ code: 'PHONE_INVALID' });
    }
    expect((await post(app, '/auth/send-otp', { phone: 9 })).statusCode).toBe(400);
    expect((await post(app, '/auth/send-otp', { phone: '0912000999' })).json()).toMatchObject({
      code: 'CODE_NOT_SENT',
    });
    for (const token of ['', 'x', 'a.b', '%00', '%E0%A4%A', 'a.b.c', "' or 1=1"]) {
      expect((await get(app, '/me', token)).statusCode).toBe(401);
    }
  });
});

test('a signed-in request got a 500 while Postgres was away: it is 503, as without a token', async () => {
  const own = new pg.Pool({ connectionString: (await testDatabase()).url, max: 6 });
  const app = await appOf(await openAuth({ pool: own, adminPhones: [], sendCode: gateway }));
  const token = await signIn(app, '09120000019');
  const query = own.query.bind(own);
  const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  Object.assign(own, { query: () => Promise.reject(away), connect: () => Promise.reject(away) });
  expect((await get(app, '/me', token)).json()).toMatchObject({ statusCode: 503, code: 'UNAVAILABLE' });
  Object.assign(own, { query });
  await own.end();
});
