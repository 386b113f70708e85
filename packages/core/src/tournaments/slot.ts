import { shown } from '../text/shown.ts';
import { TournamentError } from './tournament-error.ts';

/** Where a team of a bracket comes from, read from its slot. */
type Source =
  | { readonly kind: 'place'; readonly place: number; readonly group: string }
  | { readonly kind: 'third'; readonly groups: string }
  | { readonly kind: 'winner' | 'loser'; readonly match: number }
  | { readonly kind: 'seed'; readonly seed: number };

/**
 * Reads a slot in the notation of the regulations: `1E` group E's winner, `2A` its runner-up, `3ABCDF` the third-placed
 * team of one of these groups, `W74` and `L101` the winner and loser of a match, `#5` the entrant with seed 5.
 *
 * @throws TournamentError `INVALID_BRACKET`
 */
export function parseSlot(slot: string, at: string): Source {
  const [, kind, of = ''] = /^([1-9#WL])([A-Z]+|[1-9][0-9]{0,3})$/.exec(slot) ?? [];
  const number = Number(of);
  if (kind === '3' && /^[A-Z]{2,}$/.test(of)) return { kind: 'third', groups: of };
  if (kind !== undefined && /^[1-9]$/.test(kind) && /^[A-Z]$/.test(of))
    return { kind: 'place', place: Number(kind), group: of };
  if (kind === 'W' && number > 0) return { kind: 'winner', match: number };
  if (kind === 'L' && number > 0) return { kind: 'loser', match: number };
  if (kind === '#' && number > 0) return { kind: 'seed', seed: number };
  const message = `A slot is like 1E, 3ABCDF, W74, L101 or #5, got ${shown(slot)} at ${at}`;
  throw new TournamentError('INVALID_BRACKET', message, at, slot);
}
