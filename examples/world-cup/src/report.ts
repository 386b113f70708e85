import type { Outcomes } from './demonstrate.ts';
import type { Options } from './options.ts';
import type { Outcome } from './score.ts';
import type { Screen } from './show/screen.ts';
import { count, duration, plural, wrap } from './show/text.ts';

/** The figures of one contest, or of all together. */
interface Figures {
  readonly predictions: number;
  readonly workers: number;
  readonly backend: 'sql' | 'js';
  readonly enqueueMs: number;
  readonly drainMs: number;
  readonly perSecond: number;
  readonly lost: number;
  readonly double: number;
  readonly misScored: number;
  readonly rejected: number;
}

/** What `--json` prints: the sums, then each contest with its rejects by reason. */
export interface JsonReport extends Figures {
  readonly contests: Readonly<Record<string, Figures & { readonly reasons: Readonly<Record<string, number>> }>>;
}

/** True when nothing is lost, double or mis-scored in any contest, and everything rejected had to be. */
export const isFlawless = (outcomes: Outcomes): boolean =>
  Object.values(outcomes).every(({ judgement }) => judgement.flawless);

/** The sentence at the end. */
export function closing(screen: Screen, outcomes: Outcomes, options: Options): string[] {
  const { predictions, drainMs, lost, double, misScored, rejected } = sum(Object.values(outcomes), options);
  const done = `${plural(predictions, 'prediction')} by ${plural(options.workers, 'worker')} in ${duration(drainMs)}`;
  const sentences = isFlawless(outcomes)
    ? [
        `${done}: each scored exactly once, or rejected for its own reason (${count(rejected)}).`,
        'None lost, none double, none mis-scored.',
      ]
    : [
        `${done}, but not as it should be:`,
        `${count(lost)} lost, ${count(double)} double, ${count(misScored)} mis-scored${rejectsWrong(outcomes) ? ', and rejects that should be others' : ''}.`,
      ];
  const format = isFlawless(outcomes) ? 'green' : 'red';
  return sentences.flatMap((sentence) => wrap(sentence, screen.width)).map((line) => screen.style(format, line));
}

/** @see JsonReport */
export function asJson(outcomes: Outcomes, options: Options): JsonReport {
  const contests = Object.fromEntries(
    Object.entries(outcomes).map(([name, outcome]) => {
      const found = Object.entries(outcome.judgement.reasons).map(([reason, n]) => [reason, n.found] as const);
      return [name, { ...sum([outcome], options), reasons: Object.fromEntries(found) }];
    }),
  );
  return { ...sum(Object.values(outcomes), options), contests };
}

const rejectsWrong = (outcomes: Outcomes): boolean =>
  Object.values(outcomes).some(({ judgement }) =>
    Object.values(judgement.reasons).some(({ found, expected }) => found !== expected),
  );

function sum(outcomes: readonly Outcome[], { workers, backend }: Options): Figures {
  const total = (figure: (outcome: Outcome) => number): number =>
    outcomes.reduce((all, outcome) => all + figure(outcome), 0);
  const predictions = total((outcome) => outcome.predictions);
  const drainMs = total((outcome) => outcome.drainMs);
  return {
    predictions,
    workers,
    backend,
    enqueueMs: Math.round(total((outcome) => outcome.enqueueMs)),
    drainMs: Math.round(drainMs),
    perSecond: Math.round(predictions / (drainMs / 1000)),
    lost: total(({ judgement }) => judgement.lost),
    double: total(({ judgement }) => judgement.double),
    misScored: total(({ judgement }) => judgement.misScored),
    rejected: total(({ judgement }) => judgement.rejected),
  };
}
