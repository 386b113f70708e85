import { ScorekeepError } from '@scorekeep/queue';

/**
 * Where a collector is, without a slash at its end; undefined for none. A URL that cannot be used is refused without being
 * quoted, as an exporter would do: there may be a password in it, and messages are logged.
 *
 * @throws ScorekeepError DEFINITION_INVALID
 */
export function collectorUrl(given: string | undefined): string | undefined {
  if (given === undefined || given.trim() === '') return undefined;
  const { protocol = '' } = URL.parse(given) ?? {};
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new ScorekeepError(
      'DEFINITION_INVALID',
      'startTelemetry(): the URL of the collector is none. Set otlp.url or OTEL_EXPORTER_OTLP_ENDPOINT to one such as http://127.0.0.1:4318.',
    );
  }
  return given.trim().replace(/\/+$/, '');
}
