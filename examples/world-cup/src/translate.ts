/** Reasons of the rule sets in the words of this host, by what follows the colon as well. */
const FIELDS: Readonly<Record<string, string>> = {
  home: 'home goals',
  away: 'away goals',
  teams: 'teams',
};

const KINDS: Readonly<Record<string, (field: string) => string>> = {
  missing: (field) => `no ${field}`,
  below: (field) => (field === 'teams' ? 'a team number below 1' : `${field} below 0`),
  above: (field) => (field === 'teams' ? 'a team number above 48' : `${field} above 99, or not a number`),
  fraction: (field) => `a fraction for ${field}`,
  length: (field) => `not 48 ${field}`,
  duplicate: () => 'a team named twice',
  late: () => 'sent after kick-off',
};

/** `no home goals` for `missing:home`; a reason that has no words here stays as it is. */
export function reasonInWords(reason: string): string {
  const [kind = '', field = ''] = reason.split(':');
  return KINDS[kind]?.(FIELDS[field] ?? field) ?? reason;
}
