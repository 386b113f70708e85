import type { Check, Result, Verdict } from '../gate/result.ts';

/**
 * The result as Markdown for `$GITHUB_STEP_SUMMARY`: a table for each scenario. Cut, and said so, before the mebibyte beyond
 * which GitHub drops the whole.
 */
export function stepSummary({ verdict, profile, scenarios }: Result): string {
  const parts = [`## Load test, profile ${cell(profile)}: ${WORDS[verdict]}\n`];
  let length = 0;
  for (const { name, verdict: own, checks } of scenarios) {
    const part = `\n### ${cell(name)}: ${WORDS[own]}\n\n| | check | metric | |\n|---|---|---|---|\n${checks.map(row).join('')}`;
    length += Buffer.byteLength(part);
    if (length > MOST_BYTES) {
      parts.push(`\nMore than fits here: the result file has all ${scenarios.length} scenarios.\n`);
      break;
    }
    parts.push(part);
  }
  return parts.join('');
}

const MOST_BYTES = 1_000_000;

/** Words and not only signs, which screen readers and colour-blind readers miss. */
const WORDS: Readonly<Record<Verdict, string>> = {
  pass: '✅ pass',
  inconclusive: '❔ inconclusive',
  fail: '❌ fail',
  violated: '⛔ violated',
};

const row = ({ verdict, layer, metric, message }: Check): string =>
  `| ${WORDS[verdict]} | ${layer} | \`${cell(metric)}\` | ${cell(message)} |\n`;

const cell = (text: string): string => text.replaceAll(/\s+/g, ' ').replaceAll(/[|\\<>`]/g, '\\$&');
