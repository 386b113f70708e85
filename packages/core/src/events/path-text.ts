/** A path as messages and counters show it, such as `data.items[2].id`: storable in Postgres whatever the keys hold. */
export function pathText(root: string, keys: readonly PropertyKey[]): string {
  let text = root;
  for (const key of keys.slice(0, MAX_KEYS)) text += typeof key === 'number' ? `[${key}]` : `.${keyText(String(key))}`;
  return keys.length > MAX_KEYS ? `${text}…` : text;
}

function keyText(key: string): string {
  const short = key.length > MAX_KEY ? `${key.slice(0, MAX_KEY - 1)}…` : key;
  return short.toWellFormed().replaceAll('\0', '\ufffd');
}

const MAX_KEYS = 6;
const MAX_KEY = 40;
