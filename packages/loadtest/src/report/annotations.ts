import type { Check, Result } from '../gate/result.ts';

/**
 * The result as workflow commands, which GitHub shows at the budget's line: an error for what fails, a warning for what is
 * inconclusive. GitHub shows ten of each and drops the rest, so that the tenth says how many there are.
 */
export function annotations({ scenarios }: Result): string {
  const checks = scenarios.flatMap(({ name, checks: own }) => own.map((check) => ({ name, check })));
  const kind = (level: 'error' | 'warning', verdicts: readonly Check['verdict'][]): string[] => {
    const found = checks.filter(({ check }) => verdicts.includes(check.verdict));
    const lines = found.map(({ name, check }) => command(level, name, check));
    if (lines.length <= MOST) return lines;
    return [...lines.slice(0, MOST - 1), `::${level}::and ${lines.length - MOST + 1} more, in the result file`];
  };
  return [...kind('error', ['violated', 'fail']), ...kind('warning', ['inconclusive'])]
    .map((line) => `${line}\n`)
    .join('');
}

const MOST = 10;

const command = (level: string, scenario: string, { file, line, layer, metric, message }: Check): string =>
  `::${level} file=${property(file)},line=${line},title=${property(`${scenario}: ${layer} ${metric}`)}::${data(message)}`;

const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
