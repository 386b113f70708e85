import { isLoopback } from '../../host/src/is-loopback.ts';

/**
 * How codes are delivered: as the environment says. Where it says nothing and the Postgres is this machine's own, for
 * development, codes are in the answers, unless they are really sent or other machines can ask.
 */
export function deliveryOf(environment: NodeJS.ProcessEnv, ownPostgres: boolean): string | undefined {
  const { OTP_DELIVERY, OTP_GATEWAY_URL, HOST } = environment;
  if (OTP_DELIVERY) return OTP_DELIVERY;
  return ownPostgres && !OTP_GATEWAY_URL && isLoopback(HOST?.trim() || undefined) ? 'response' : undefined;
}
