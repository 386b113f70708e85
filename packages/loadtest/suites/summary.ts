import { given } from './options.ts';

/** What k6 hands to handleSummary, as far as it is read here. */
interface Summary {
  readonly metrics: Readonly<
    Record<
      string,
      {
        readonly values: Readonly<Record<string, number>>;
        readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>;
      }
    >
  >;
}

/**
 * The summary in one form, whichever way the version of k6 has it: `ok` is true where a threshold is kept. Written to the
 * file SUMMARY where one is given, printed otherwise.
 */
export function summary(suite: string, data: Summary): Record<string, string> {
  const metrics = Object.fromEntries(Object.entries(data.metrics).map(([name, { values }]) => [name, values]));
  const thresholds = Object.entries(data.metrics).flatMap(([metric, one]) =>
    Object.entries(one.thresholds ?? {}).map(([threshold, { ok }]) => ({ metric, threshold, ok })),
  );
  const text = `${JSON.stringify({ version: 1, suite, ok: thresholds.every(({ ok }) => ok), thresholds, metrics }, null, 2)}\n`;
  return { [given('SUMMARY', 'stdout')]: text };
}
