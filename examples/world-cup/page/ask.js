// What all of the page asks and makes elements with.

export const TOKEN = 'token';
export const number = new Intl.NumberFormat('en');
export const at = (id) => document.getElementById(id);

/** So long a request may take: a page whose question is never answered would never ask again. */
const PATIENCE_MS = 10_000;

/** Asks a route of the host; who is not signed in any more learns of it. */
export async function ask(path, { method = 'GET', body } = {}) {
  const token = sessionStorage.getItem(TOKEN);
  const response = await fetch(path, {
    method,
    headers: {
      ...(body && { 'content-type': 'application/json' }),
      ...(token && { authorization: `Bearer ${token}` }),
    },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).catch(() => {
    throw new Error('The server cannot be reached.');
  });
  const answer = await response.json();
  if (response.status === 401 && token) signOut();
  if (!response.ok) throw Object.assign(new Error(answer.message), { code: answer.code });
  return answer;
}

export function signOut() {
  sessionStorage.removeItem(TOKEN);
  sessionStorage.removeItem('me');
}

/** An element with text in it; texts are never taken for HTML. */
export function element(name, text = '', className = '') {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}
