import { accessToken, ask, type Started } from '@scorekeep/example-contract';
import { readTournament } from '../host/tournament.ts';

/** The number of the administrator, as `ADMIN_PHONES` has it. */
export const ADMIN_PHONE = '09123456789';

const { teams } = readTournament();

/** The real draw, as it is sent: the ids of the teams of each group. */
export const REAL_DRAW: Readonly<Record<string, readonly string[]>> = groupsOf((team) => team.group);

/** A wrong draw: every group is one further, which leaves nobody where they belong. */
export const WRONG_DRAW: Readonly<Record<string, readonly string[]>> = groupsOf((team) => (team.group % 12) + 1);

function groupsOf(place: (team: { readonly group: number }) => number): Record<string, readonly string[]> {
  return Object.fromEntries(
    [...'ABCDEFGHIJKL'].map((name, i) => [name, teams.filter((team) => place(team) === i + 1).map(({ id }) => id)]),
  );
}

/** Signs somebody in and has them predict the draw, changing their mind once; the answer to the last. */
export async function predict(
  { url }: Pick<Started, 'url'>,
  phone: string,
  groups: Readonly<Record<string, readonly string[]>>,
): Promise<{ token: string; status: number }> {
  const token = await accessToken(url, phone);
  await ask(`${url}/prediction`, { method: 'POST', token, body: { predict: { groups: WRONG_DRAW } } });
  const { status } = await ask(`${url}/prediction`, { method: 'POST', token, body: { predict: { groups } } });
  return { token, status };
}

/** The administrator's token for a database, from its session table: a code is sent once in two minutes. */
export function adminTokens(): (app: Pick<Started, 'url'>) => Promise<string> {
  let token: Promise<string> | undefined;
  return (app) => {
    token ??= accessToken(app.url, ADMIN_PHONE);
    return token;
  };
}
