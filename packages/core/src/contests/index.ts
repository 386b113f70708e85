/** Prediction contests as rule sets: plain data to use as they are, or to copy and change. */
export { drawContest } from './draw-contest.ts';
export { kicktipp } from './kicktipp.ts';
