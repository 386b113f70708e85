import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { GroupMatch } from '../group.ts';
import type { KnockoutResult } from '../knockout.ts';
import type { Scoreline } from '../scoreline.ts';

export interface DatedMatch extends GroupMatch {
  readonly date: string;
}

/** Matches of the World Cups until 2022 or of the European Championships since 1996, in the order of their dates. */
export function realMatches(file: 'world-cups' | 'euros', year: number): DatedMatch[] {
  return rows(`${file}.csv`)
    .map(([date = '', home = '', away = '', homeGoals, awayGoals]): DatedMatch => {
      return { date, home, away, scoreline: [Number(homeGoals), Number(awayGoals)] };
    })
    .filter(({ date }) => date.startsWith(`${year}-`));
}

interface KnockoutMatch {
  readonly number: number;
  readonly round: string;
  readonly home: string;
  readonly away: string;
  readonly result: KnockoutResult;
}

/** The World Cup 2026: group matches by the group's letter, then the knockout matches by number. */
export function worldCup2026Matches(): { groups: Map<string, GroupMatch[]>; knockout: KnockoutMatch[] } {
  const groups = new Map<string, GroupMatch[]>();
  const knockout: KnockoutMatch[] = [];
  for (const [number, round = '', group = '', home = '', away = '', ...phases] of rows('world-cup-2026.csv')) {
    const [normalTime, extraTime, shootout] = phases.map(scoreline);
    if (normalTime === undefined) throw new Error(`No result of ${home} against ${away}`);
    if (group === '') {
      const result = { normalTime, ...(extraTime && { extraTime }), ...(shootout && { shootout }) };
      knockout.push({ number: Number(number), round, home, away, result });
    } else {
      const matches = groups.get(group) ?? [];
      matches.push({ home, away, scoreline: normalTime });
      groups.set(group, matches);
    }
  }
  return { groups, knockout };
}

function rows(file: string): string[][] {
  const text = readFileSync(path.join(import.meta.dirname, file), 'utf8');
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));
}

function scoreline(text: string): Scoreline | undefined {
  const [home, away] = text.split('-');
  return text === '' ? undefined : [Number(home), Number(away)];
}
