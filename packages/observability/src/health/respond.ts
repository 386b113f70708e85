import type { CheckState } from './check.ts';
import type { HealthReport } from './health.ts';

/** A host's own path, and what it answers there in its own words. */
export type HealthPaths = Readonly<
  Record<string, (report: HealthReport) => { readonly ok: boolean; readonly body: object }>
>;

/**
 * Answers the paths of orchestrators, `/livez`, `/readyz`, `/startupz` and `/healthz`, and those of a host. The first
 * three are 200 or 503; `/healthz` tells everything with 200, with `?strict` 503 when it fails. Keep `/healthz` and a
 * host's own paths behind authentication or on a port of their own when the names of your dependencies are nobody's business.
 */
export function answer(request: Request, report: () => HealthReport, paths: HealthPaths = {}): Response | undefined {
  const { pathname, searchParams } = new URL(request.url);
  const route = Object.hasOwn(paths, pathname) ? paths[pathname] : undefined;
  if (route === undefined && !Object.hasOwn(STANDARD, pathname)) return undefined;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return new Response(null, { status: 405, headers: { allow: 'GET, HEAD' } });
  }
  const now = report();
  const { ok, body } = route?.(now) ?? STANDARD[pathname as keyof typeof STANDARD](now, searchParams);
  const headers = {
    'content-type': route === undefined ? 'application/health+json' : 'application/json',
    'cache-control': 'no-store',
  };
  return new Response(request.method === 'HEAD' ? null : JSON.stringify(body), { status: ok ? 200 : 503, headers });
}

type Standard = (report: HealthReport, query: URLSearchParams) => { ok: boolean; body: object };

const brief = (ok: boolean): { ok: boolean; body: object } => ({ ok, body: { status: ok ? 'pass' : 'fail' } });

const STANDARD: Readonly<Record<'/livez' | '/readyz' | '/startupz' | '/healthz', Standard>> = {
  '/livez': ({ live }) => brief(live),
  '/readyz': ({ ready }) => brief(ready),
  '/startupz': ({ started }) => brief(started),
  '/healthz': (report, query) => ({ ok: !query.has('strict') || report.status !== 'fail', body: verbose(report) }),
};

/** https://datatracker.ietf.org/doc/html/draft-inadarei-api-health-check-06 */
function verbose({ status, version, serviceId, live, ready, started, draining, checks }: HealthReport): object {
  return {
    status,
    version,
    serviceId,
    live,
    ready,
    started,
    draining,
    checks: Object.fromEntries(checks.map((check) => [check.name, [one(check)]])),
  };
}

function one({ name, required, status, value, unit, details, code, time }: CheckState): object {
  const componentType = name.startsWith('postgres') || name.startsWith('pool') ? 'datastore' : 'component';
  return { componentType, status, required, observedValue: value, observedUnit: unit, details, output: code, time };
}
