import type { Outcome } from '../score.ts';
import { reasonInWords } from '../translate.ts';
import type { Screen } from './screen.ts';
import { table } from './table.ts';
import { count, duration } from './text.ts';

/** The figures of a contest beside those of the guide, then what was rejected and why. */
export function verdict(screen: Screen, outcome: Outcome): string[] {
  const { judgement, runs, enqueueMs, drainMs, perSecond } = outcome;
  const zero = (value: number): string => screen.style(value === 0 ? 'green' : 'red', count(value));
  const figures = table(
    screen,
    [{ title: 'Verdict' }, { title: 'this run', align: 'right' }, { title: 'the guide, 50K with 3 workers' }],
    [
      [runs === 1 ? 'queued in' : `queued in ${count(runs)} runs`, duration(enqueueMs), 'under 2 s'],
      ['scored in', duration(drainMs), 'about 17 min'],
      ['per second', count(perSecond), '49'],
      ['scored', count(judgement.scored), ''],
      ['rejected', count(judgement.rejected), ''],
      ['lost', zero(judgement.lost), 'errors under 0.1 %'],
      ['double', zero(judgement.double), ''],
      ['mis-scored', zero(judgement.misScored), ''],
    ],
  );
  return [...figures, ...rejects(screen, outcome)];
}

function rejects(screen: Screen, { judgement }: Outcome): string[] {
  const reasons = Object.entries(judgement.reasons);
  if (reasons.length === 0) return [];
  const rows = reasons.map(([reason, { found, expected }]) => [
    reasonInWords(reason),
    found === expected ? count(found) : screen.style('red', `${count(found)}, not ${count(expected)}`),
    screen.style('dim', reason),
  ]);
  return [
    '',
    ...table(screen, [{ title: 'Rejected for' }, { title: 'count', align: 'right' }, { title: 'reason' }], rows),
  ];
}
