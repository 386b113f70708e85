import type { Result } from '../gate/result.ts';

/** The result for a terminal: what is not kept in full, what is kept as a count. */
export function text({ verdict, profile, scenarios }: Result): string {
  const lines = scenarios.flatMap(({ name, verdict: own, checks }) => {
    const kept = checks.filter((check) => check.verdict === 'pass').length;
    const others = checks.filter((check) => check.verdict !== 'pass');
    const shown = others.map(
      (check) => `  ${check.verdict}  ${check.layer} ${check.metric}: ${check.message}  ${check.file}:${check.line}`,
    );
    return [`${own}  ${name}  ${kept} of ${checks.length} checks kept`, ...shown];
  });
  return [...lines, `${verdict}  profile ${profile}`].map((line) => `${line}\n`).join('');
}
