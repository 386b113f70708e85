import { EnvironmentInvalid, oneOf, optionalText, optionalUrl } from './environment.ts';
import { isLoopback } from './is-loopback.ts';

/** What sign-in reads from the environment. */
export const AUTH = {
  /** Numbers of administrators, separated by commas. */
  adminPhones: optionalText('ADMIN_PHONES'),
  /** Takes `{ phone, code }` by POST and sends it as a text message. */
  gatewayUrl: optionalUrl('OTP_GATEWAY_URL', ['https:', 'http:'], 'https://sms.example/send'),
  /** `response` is for development: whoever knows a number can sign in with it. */
  delivery: oneOf('OTP_DELIVERY', ['gateway', 'response'], 'gateway'),
} as const;

/** How codes are sent, and who administers. */
export interface AuthSettings {
  readonly adminPhones: string | undefined;
  readonly gatewayUrl: string | undefined;
  readonly delivery: 'gateway' | 'response';
  readonly databaseUrl: string | undefined;
  /** Where the app listens. */
  readonly host: string | undefined;
}

/**
 * The options of `openAuth`. Without a gateway, codes are in the answer: on the embedded Postgres, which is for
 * development, as long as only this machine can ask, or where OTP_DELIVERY=response says so.
 *
 * @throws EnvironmentInvalid when it is said neither how codes are sent nor that they are not
 */
export function authOptions({ adminPhones = '', gatewayUrl, delivery, databaseUrl, host }: AuthSettings): {
  readonly adminPhones: readonly string[];
  readonly sendCode: ((phone: string, code: string) => Promise<void>) | undefined;
} {
  if (gatewayUrl === undefined && delivery === 'gateway' && (databaseUrl !== undefined || !isLoopback(host))) {
    const missing =
      'OTP_GATEWAY_URL is missing. Set it to what sends text messages, or OTP_DELIVERY=response on a machine where anybody may sign in as anybody';
    throw new EnvironmentInvalid(
      databaseUrl === undefined ? `${missing}, or leave out HOST so that only this machine can ask.` : `${missing}.`,
    );
  }
  return {
    adminPhones: splitPhones(adminPhones),
    sendCode:
      gatewayUrl === undefined || delivery === 'response' ? undefined : (phone, code) => post(gatewayUrl, phone, code),
  };
}

/** Whether whoever asks for a code is told it, and can sign in as anybody; not so in a process without sign-in. */
export const answersCodes = ({ delivery, gatewayUrl }: Partial<AuthSettings>): boolean =>
  delivery === 'response' || (delivery !== undefined && gatewayUrl === undefined);

/** Nobody for nothing: a user without a number has one of no characters. */
const splitPhones = (text: string): readonly string[] =>
  text
    .split(',')
    .map((phone) => phone.trim())
    .filter(Boolean);

async function post(url: string, phone: string, code: string): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ phone, code }),
    signal: AbortSignal.timeout(GATEWAY_MS_MAX),
  });
  if (!answer.ok) throw new Error(`The gateway answered ${answer.status}`);
}

const GATEWAY_MS_MAX = 10_000;
