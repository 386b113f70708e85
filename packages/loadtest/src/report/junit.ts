import type { Check, Result, ScenarioResult } from '../gate/result.ts';

/**
 * The result as JUnit XML, as CI systems show it: a suite for each scenario, a case for each check. What is inconclusive is
 * skipped, which no system takes for a pass.
 */
export function junit({ profile, takenAt, scenarios }: Result): string {
  const suites = scenarios.map((scenario) => suite(scenario, takenAt));
  const counts = countsOf(scenarios.flatMap(({ checks }) => checks));
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="loadtest ${attribute(profile)}" ${counts}>\n${suites.join('')}</testsuites>\n`;
}

const suite = ({ name, checks }: ScenarioResult, takenAt: string): string =>
  `  <testsuite name="${attribute(name)}" timestamp="${attribute(takenAt)}" ${countsOf(checks)}>\n${checks.map((check) => testcase(name, check)).join('')}  </testsuite>\n`;

function testcase(scenario: string, { layer, metric, verdict, message, file, line }: Check): string {
  const open = `    <testcase classname="${attribute(scenario)}" name="${attribute(`${layer} ${metric}`)}" file="${attribute(file)}" line="${line}"`;
  if (verdict === 'pass') return `${open}/>\n`;
  const text = attribute(message);
  const inner =
    verdict === 'inconclusive' ? `<skipped message="${text}"/>` : `<failure type="${verdict}" message="${text}"/>`;
  return `${open}>${inner}</testcase>\n`;
}

function countsOf(checks: readonly Check[]): string {
  const skipped = checks.filter(({ verdict }) => verdict === 'inconclusive').length;
  const failures = checks.filter(({ verdict }) => verdict === 'fail' || verdict === 'violated').length;
  return `tests="${checks.length}" failures="${failures}" skipped="${skipped}"`;
}

/** For an attribute; without the characters that XML 1.0 cannot hold at all. */
const attribute = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(FORBIDDEN, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;');

const FORBIDDEN = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;
