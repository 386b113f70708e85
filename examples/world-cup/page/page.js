// The page of the host: what it shows it asks the same routes for as everybody. No framework, nothing to build.

import { ask, at, element, number, signOut, TOKEN } from './ask.js';
import { showPredicting } from './predict.js';

/** The two contests: where each is asked for, and what its tie-break is called. */
const CONTESTS = {
  draw: { path: '/prediction', tie: ['placed', 'In group'] },
  matches: { path: '/matches', tie: ['exactCount', 'Exact'] },
};
let shown = 'draw';
let latest = '';

function fill(table, lines, me) {
  const [tie, title] = CONTESTS[shown].tie;
  const head = element('tr');
  for (const [text, className] of [
    ['Rank', 'number'],
    ['Name', ''],
    ['Points', 'number'],
    [title, 'number'],
  ]) {
    const cell = element('th', text, className);
    cell.scope = 'col';
    head.append(cell);
  }
  table.tHead.replaceChildren(head);
  table.tBodies[0].replaceChildren(
    ...lines.map((line) => {
      const mine = line.userId === me;
      const row = element('tr', '', mine ? 'mine' : '');
      if (mine) row.setAttribute('aria-current', 'true');
      const name = element('td', line.name, 'name');
      name.dir = 'auto';
      if (mine) name.append(' (you)');
      row.append(
        element('td', number.format(line.rank), 'number'),
        name,
        element('td', number.format(line.totalScore), 'number'),
        element('td', number.format(line.ties[tie] ?? 0), 'number'),
      );
      return row;
    }),
  );
  table.hidden = lines.length === 0;
}

async function showProgress() {
  const progress = await ask('/prediction/progress');
  const { total, processed, queueDepth, perSecond, estimatedEnd } = progress[shown];
  at('bar').value = total === 0 ? 0 : processed / total;
  const left = estimatedEnd ? Math.max(0, Math.ceil((Date.parse(estimatedEnd) - Date.now()) / 1000)) : null;
  const parts = [`${number.format(processed)} of ${number.format(total)} predictions scored`];
  if (queueDepth > 0 && perSecond > 0) parts.push(`${number.format(perSecond)} a second`);
  if (queueDepth > 0 && left !== null) parts.push(`about ${number.format(left)} s left`);
  if (queueDepth === 0 && processed < total) {
    parts.push(
      shown === 'matches'
        ? 'the rest wait for results'
        : progress.drawn
          ? 'the rest wait for the deadline'
          : waiting(progress),
    );
  }
  at('progress-text').textContent = parts.join(', ');
  // Told when it begins and ends, not each second.
  const news =
    queueDepth > 0 ? 'Scoring is under way.' : processed === total && total > 0 ? 'Everything is scored.' : '';
  if (at('announce').textContent !== news) at('announce').textContent = news;
  return { open: progress.open, key: `${shown} ${processed}` };
}

const waiting = ({ open, closesAt }) =>
  open
    ? `entries until ${new Date(closesAt).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' })}`
    : 'waiting for the draw';

async function showBoard() {
  const { leaderboard } = await ask(`${CONTESTS[shown].path}/leaderboard?limit=20`);
  fill(at('board'), leaderboard, sessionStorage.getItem('me'));
  at('board-text').textContent = 'Nobody has points yet.';
  at('board-text').hidden = leaderboard.length > 0;
}

async function showMe() {
  const signedIn = sessionStorage.getItem(TOKEN) !== null;
  at('sign-in').hidden = signedIn;
  at('to-sign-in').hidden = signedIn;
  at('sign-out').hidden = !signedIn;
  at('greeting').hidden = !signedIn;
  at('me-text').hidden = false;
  if (!signedIn) {
    at('me-text').textContent = 'Sign in to see those around you.';
    at('around').hidden = true;
    at('why').hidden = true;
    return;
  }
  const { name, role } = await ask('/me');
  at('greeting').textContent = role === 'admin' ? `${name}, administrator` : name === 'nobody' ? 'Signed in' : name;
  const { me, leaderboard } = await ask(`${CONTESTS[shown].path}/around-me`);
  sessionStorage.setItem('me', me);
  fill(at('around'), leaderboard, me);
  at('me-text').hidden = leaderboard.length > 0;
  at('me-text').textContent = 'You are not on this board yet: nothing of yours has been scored.';
  await showWhy(leaderboard.length > 0);
}

async function showWhy(scored) {
  at('why').hidden = !scored;
  at('why-match').hidden = shown !== 'matches';
  if (!scored) return;
  if (shown === 'draw') return explain('/prediction/result');
  const { matches } = await ask('/matches');
  const mine = matches.filter((match) => match.forecast && match.result).reverse();
  const texts = mine.map(({ home, away, result }) => `${home} ${result.home}-${result.away} ${away}`);
  // Whoever is choosing is not disturbed by a list that is the same.
  if (texts.join() !== [...at('match').options].map(({ text }) => text).join()) {
    const chosen = at('match').value;
    at('match').replaceChildren(...mine.map((match, i) => new Option(texts[i], String(match.number))));
    if (mine.some((match) => String(match.number) === chosen)) at('match').value = chosen;
  }
  at('why').hidden = mine.length === 0;
  if (mine.length > 0) await explain(`/matches/${at('match').value}/result`);
}

async function explain(path) {
  const { details, match } = await ask(path);
  const forecast = match ? `You said ${match.forecast.home}-${match.forecast.away}. ` : '';
  const [head] = details.sentence.split(':');
  at('why-sentence').textContent =
    details.rules.length === 0
      ? details.sentence
      : `${forecast}${details.points === null ? head : `${number.format(details.points)} points.`}`;
  const paid = details.rules.findIndex((rule) => rule.fired);
  at('rules').replaceChildren(
    ...details.rules.map((rule, i) => {
      const line = element('li', '', rule.fired ? 'fired' : '');
      const mark = element('span', rule.fired ? '✓' : '–');
      mark.setAttribute('aria-hidden', 'true');
      line.append(mark, element('span', rule.label), element('span', number.format(rule.points), 'number'));
      const words = rule.fired ? 'this one pays' : reason(rule, paid !== -1 && i > paid, match);
      line.append(element('small', words));
      return line;
    }),
  );
}

/** Why a rule did not pay: a better one had, or what was missing, in the words of its contest. */
function reason({ id, holds, missing: [nearest] }, beaten, match) {
  if (holds) return 'holds too, but only the first that holds pays';
  if (beaten) return 'a better one pays';
  return WORDS[id]?.(nearest, match) ?? 'does not hold';
}

const placed = ({ actual }) => `${number.format(actual)} of 48 teams are in their groups`;
const best = ({ actual }) => `your best group has ${number.format(actual)} of 4 teams`;
const tendency = ({ home, away }) => (home > away ? 'a win at home' : home < away ? 'a win away' : 'a draw');
const WORDS = {
  ALL_CORRECT: placed,
  TWO_MISPLACED: placed,
  THREE_MISPLACED: placed,
  SIX_PLACED: placed,
  PERFECT_GROUP: best,
  THREE_CORRECT: best,
  exact: (_, { result }) => `it ended ${result.home}-${result.away}`,
  difference: (_, { forecast, result }) =>
    `a difference of ${number.format(forecast.home - forecast.away)}, it was ${number.format(result.home - result.away).replace('-', '−')}`,
  tendency: (_, { forecast, result }) => `${tendency(forecast)}, it was ${tendency(result)}`,
};

async function refresh() {
  try {
    // A correction moves the board and leaves the count as it is: look again every five seconds all the same.
    const { open, key } = await showProgress();
    const now = `${key} ${open} ${sessionStorage.getItem(TOKEN)} ${Math.floor(Date.now() / 5000)}`;
    if (now !== latest) {
      latest = now;
      await Promise.all([showBoard(), showMe(), showPredicting(shown, open)]);
    }
  } catch (error) {
    latest = '';
    at('progress-text').textContent = `${error.message} Trying again.`;
  }
}

function choose(tab, focus) {
  shown = tab.id.replace('tab-', '');
  for (const one of document.querySelectorAll('[role=tab]')) {
    one.setAttribute('aria-selected', String(one === tab));
    one.tabIndex = one === tab ? 0 : -1;
  }
  at('contest').setAttribute('aria-labelledby', tab.id);
  if (focus) tab.focus();
  void refresh();
}

for (const tab of document.querySelectorAll('[role=tab]')) {
  tab.addEventListener('click', () => choose(tab, false));
  tab.addEventListener('keydown', ({ key }) => {
    if (key === 'ArrowRight' || key === 'ArrowLeft') choose(at(shown === 'draw' ? 'tab-matches' : 'tab-draw'), true);
  });
}

at('match').addEventListener('change', () => void explain(`/matches/${at('match').value}/result`));

at('sign-out').addEventListener('click', async () => {
  await ask('/auth/sign-out', { method: 'POST' }).catch(() => undefined);
  signOut();
  await refresh();
  at('to-sign-in').focus();
});

at('phone-form').addEventListener('submit', async (event) => {
  event.preventDefault();
  try {
    const { code } = await ask('/auth/send-otp', { method: 'POST', body: { phone: at('phone').value } });
    at('code-form').hidden = false;
    at('code').value = code ?? '';
    at('sign-in-text').textContent = code
      ? 'In development the code is filled in for you.'
      : 'Type the code that was sent to you.';
    at('code').focus();
  } catch (error) {
    const sentBefore = error.code === 'RATE_LIMIT_EXCEEDED';
    // Whoever asked for it, the code came to this number, and works for whoever has the phone.
    if (sentBefore) at('code-form').hidden = false;
    at('sign-in-text').textContent = sentBefore
      ? `${error.message} A code that was sent to you in the last two minutes works.`
      : error.message;
  }
});

at('code-form').addEventListener('submit', async (event) => {
  event.preventDefault();
  try {
    const body = { phone: at('phone').value, code: at('code').value };
    const { accessToken } = await ask('/auth/verify-otp', { method: 'POST', body });
    sessionStorage.setItem(TOKEN, accessToken);
    at('code-form').hidden = true;
    latest = '';
    await refresh();
    at('me-title').scrollIntoView({ block: 'nearest' });
  } catch (error) {
    at('sign-in-text').textContent = error.message;
  }
});

/** Once a second while somebody looks. */
const tick = async () => {
  if (!document.hidden) await refresh();
  setTimeout(tick, 1000);
};
void tick();
