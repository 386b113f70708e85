import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test('the package itself needs no SDK, only the API of OpenTelemetry; rules, dashboard and probe need nothing', () => {
  expect(packagesOf('index.ts')).toEqual(['@opentelemetry/api', '@scorekeep/queue']);
  expect(packagesOf('alerts/index.ts')).toEqual([]);
  expect(packagesOf('cli.ts')).toEqual([]);
  expect(packagesOf('node/index.ts')).toContain('@opentelemetry/sdk-metrics');
});

/** The packages that a module imports, itself or through others of this one; what is imported for its types alone is not there when it runs. */
function packagesOf(entry: string): string[] {
  const found = new Set<string>();
  const seen = new Set<string>();
  const visit = (url: URL): void => {
    if (seen.has(url.href)) return;
    seen.add(url.href);
    for (const [statement, from = ''] of readFileSync(url, 'utf8').matchAll(IMPORTS)) {
      if (/^\w+ type /.test(statement) || from.startsWith('node:')) continue;
      if (from.startsWith('.')) visit(new URL(from, url));
      else found.add(from);
    }
  };
  visit(new URL(entry, import.meta.url));
  return [...found].toSorted();
}

const IMPORTS = /^(?:import|export) [^;]*?from '([^']+)';/gm;
