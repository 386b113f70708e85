import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { bearer, phoneNumber } from 'better-auth/plugins';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type pg from 'pg';
import { HostError } from './host-error.ts';
import { limitKey } from './limit-key.ts';
import { limitOverall } from './rate-limit.ts';

/** Who asks. */
export interface User {
  readonly id: string;
  readonly role: 'user' | 'admin';
}

/** What {@link openAuth} is told. */
export interface AuthOptions {
  readonly pool: pg.Pool;
  /** Whoever has one of these numbers is an administrator. */
  readonly adminPhones: readonly string[];
  /** Sends a code; undefined for development: the answer to the request holds the code, and a token too. */
  readonly sendCode: ((phone: string, code: string) => Promise<void>) | undefined;
}

/** Sign-in by a code that is sent to a phone, and who a request comes from. */
export interface Auth {
  /** `POST /auth/send-otp`, `POST /auth/verify-otp`, `POST /auth/sign-out`. */
  routes(app: FastifyInstance): void;
  /** @throws HostError 401 UNAUTHENTICATED */
  user(request: FastifyRequest): Promise<User>;
  /** @throws HostError 401 UNAUTHENTICATED, 403 FORBIDDEN */
  admin(request: FastifyRequest): Promise<User>;
}

/**
 * better-auth with its phone-number plugin on the host's own Postgres, in tables of its own. One code per number in two
 * minutes, valid as long, and 100 per address in ten; for a number five tries a minute and 20 wrong codes a day from an address,
 * and 100 wrong codes a day from anywhere; limits hold over all processes. A code that could not be sent counts for neither. No
 * number of tries ends a code: they would be a stranger's to use up.
 */
export async function openAuth({ pool, adminPhones, sendCode }: AuthOptions): Promise<Auth> {
  /** In development, by number: codes caught on their way. */
  const caught = new Map<string, string>();
  const auth = betterAuth({
    database: pool,
    // Only the routes below exist, and they take the token itself; a signature would protect nothing more.
    secret: crypto.randomUUID() + crypto.randomUUID(),
    baseURL: 'http://localhost',
    telemetry: { enabled: false },
    logger: { disabled: true },
    user: {
      modelName: 'auth_user',
      // Databases have the column and demand it; who may administer is asked of `adminPhones`.
      additionalFields: { role: { type: 'string', required: true, defaultValue: 'user', input: false } },
    },
    session: { modelName: 'auth_session' },
    account: { modelName: 'auth_account' },
    verification: { modelName: 'auth_verification', storeIdentifier: 'hashed' },
    advanced: { database: { generateId: 'uuid' } },
    plugins: [
      bearer(),
      phoneNumber({
        otpLength: 6,
        expiresIn: CODE_SECONDS,
        // Those of a day: three would be used up by a stranger. To who guesses, it is the same hundred, at one code or at many.
        allowedAttempts: WRONG_A_DAY,
        phoneNumberValidator: isPhone,
        sendOTP: async ({ phoneNumber: phone, code }) => {
          if (sendCode === undefined) caught.set(phone, code);
          else await sendCode(phone, code);
        },
        signUpOnVerification: {
          // Not 00 for the +: that is how others write the same number, and it would be taken.
          getTempEmail: (phone) => `${phone.replace('+', 'plus')}@phone.invalid`,
          getTempName: () => '',
        },
      }),
    ],
  });
  await migrate(pool, auth.options);
  const [addresses, sends, tries, wrongHere, wrong] = await Promise.all([
    // Text messages cost money, and somebody else's number costs a stranger nothing.
    limitOverall(pool, 'send-otp-address', 100, 600),
    limitOverall(pool, 'send-otp', 1, CODE_SECONDS),
    // By address too: a stranger's tries are not to keep the owner out.
    limitOverall(pool, 'verify-otp', 5, 60),
    // And so that one address cannot use up what a number has from anywhere.
    limitOverall(pool, 'verify-otp-wrong-address', 20, DAY_SECONDS),
    // Five tries a minute from ever other addresses: in a year they would come upon a code.
    limitOverall(pool, 'verify-otp-wrong', WRONG_A_DAY, DAY_SECONDS),
  ]);

  /** Asked each time: whoever is taken off the list is no administrator any more, whatever their token is. */
  const roleOf = (phone: string): User['role'] => (adminPhones.includes(phone) ? 'admin' : 'user');

  const verify = async (phone: string, code: string): Promise<{ token: string; user: User }> => {
    const { token, user } = await auth.api.verifyPhoneNumber({ body: { phoneNumber: phone, code } });
    if (token === null || user === null) throw new HostError(401, 'CODE_INVALID', 'The code is wrong or too old.');
    return { token, user: { id: user.id, role: roleOf(phone) } };
  };
  const send = async (phone: string): Promise<string> => {
    await auth.api.sendPhoneNumberOTP({ body: { phoneNumber: phone } });
    const code = caught.get(phone) ?? '';
    caught.delete(phone);
    return code;
  };

  const find = async (request: FastifyRequest): Promise<User> => {
    const { authorization } = request.headers;
    if (authorization === undefined) throw UNAUTHENTICATED();
    // It wraps what the database threw, which is to be answered as such.
    const session = await auth.api.getSession({ headers: new Headers({ authorization }) }).catch((error: unknown) => {
      throw (error as { cause?: unknown }).cause ?? error;
    });
    if (session === null) throw UNAUTHENTICATED();
    return { id: session.user.id, role: roleOf(session.user.phoneNumber ?? '') };
  };

  return {
    routes(app) {
      app.post<{ Body: { phone: string } }>(
        '/auth/send-otp',
        { schema: { body: PHONE } },
        async ({ body: { phone }, ip }) => {
          assertPhone(phone);
          const address = limitKey(ip);
          await addresses.take(address);
          await sends.take(phone);
          const sent = { message: 'code sent', expiresInSeconds: CODE_SECONDS };
          if (sendCode !== undefined) {
            await send(phone).catch(async () => {
              await Promise.all([sends.giveBack(phone), addresses.giveBack(address)]);
              throw new HostError(503, 'CODE_NOT_SENT', 'The code could not be sent; try again.');
            });
            return sent;
          }
          const { token } = await verify(phone, await send(phone));
          return { ...sent, code: await send(phone), accessToken: token };
        },
      );
      app.post<{ Body: { phone: string; code: string } }>(
        '/auth/verify-otp',
        { schema: { body: PHONE_AND_CODE } },
        async ({ body: { phone, code }, ip }) => {
          assertPhone(phone);
          const here = `${phone} ${limitKey(ip)}`;
          await tries.take(here);
          // Before it is known to be wrong: of many tries at once none is beyond the limit.
          await wrongHere.take(here);
          await wrong.take(phone).catch(async (refused: unknown) => {
            await wrongHere.giveBack(here);
            throw refused;
          });
          const giveBack = () => Promise.all([wrongHere.giveBack(here), wrong.giveBack(phone)]);
          const { token, user } = await verify(phone, code).catch(async (error: unknown) => {
            if (!isGuess(error)) await giveBack();
            if (!isRefusal(error)) throw error;
            throw new HostError(401, 'CODE_INVALID', 'The code is wrong or too old.');
          });
          await giveBack();
          return { accessToken: token, user };
        },
      );
      app.post('/auth/sign-out', async (request) => {
        await find(request);
        await auth.api.signOut({ headers: new Headers({ authorization: request.headers.authorization ?? '' }) });
        return { message: 'signed out' };
      });
    },
    user: find,
    async admin(request) {
      const user = await find(request);
      if (user.role !== 'admin') throw new HostError(403, 'FORBIDDEN', 'Only an administrator may do this.');
      return user;
    },
  };
}

const CODE_SECONDS = 120;
const DAY_SECONDS = 86_400;
const WRONG_A_DAY = 100;

const UNAUTHENTICATED = (): HostError =>
  new HostError(401, 'UNAUTHENTICATED', 'Sign in: send the access token as Authorization: Bearer <token>.');

/** As people write them, without spaces: 09123456789, +4915112345678. */
const isPhone = (text: string): boolean => /^\+?\d{8,15}$/.test(text);

function assertPhone(phone: string): void {
  if (!isPhone(phone)) {
    throw new HostError(400, 'PHONE_INVALID', 'phone must be 8 to 15 digits, with or without a + before them.');
  }
}

const PHONE = {
  type: 'object',
  required: ['phone'],
  properties: { phone: { type: 'string', maxLength: 20 } },
} as const;
const PHONE_AND_CODE = {
  type: 'object',
  required: ['phone', 'code'],
  properties: { ...PHONE.properties, code: { type: 'string', maxLength: 10 } },
} as const;

/** better-auth's way to say no, as opposed to a failure. */
const isRefusal = (error: unknown): boolean => {
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' && status >= 400 && status < 500;
};

/** Whether a code was compared with another one; where there is none to find, nobody has tried to find it. */
const isGuess = (error: unknown): boolean =>
  (error as { body?: { code?: unknown } } | null)?.body?.code === 'INVALID_OTP';

/** Under a lock: two processes may start at once. */
async function migrate(pool: pg.Pool, options: Parameters<typeof getMigrations>[0]): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query(`select pg_advisory_lock(hashtextextended('auth tables', 0))`);
    const { runMigrations } = await getMigrations(options);
    await runMigrations();
  } finally {
    await client.query(`select pg_advisory_unlock(hashtextextended('auth tables', 0))`).finally(() => client.release());
  }
}
