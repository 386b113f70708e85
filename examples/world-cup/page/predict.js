// Taking part: the draw, group by group, and scorelines, each until its deadline.

import { ask, at, element, TOKEN } from './ask.js';

const GROUPS = [...'ABCDEFGHIJKL'];
const TEAMS = 4;
let loaded = '';
let matches = [];

/**
 * Shows the form of a contest. What somebody is typing stays as it is: it is read anew only when something else is to be
 * shown, and once, however many ask for it while it is being read.
 */
export async function showPredicting(contest, open) {
  const signedIn = sessionStorage.getItem(TOKEN) !== null;
  const key = `${contest} ${open} ${sessionStorage.getItem(TOKEN)}`;
  if (key === loaded) return;
  loaded = key;
  try {
    await show(contest, open, signedIn, () => loaded === key);
  } catch (error) {
    if (loaded === key) loaded = '';
    throw error;
  }
}

/** @param isShown false once something else is to be shown: then what was read for this is not. */
async function show(contest, open, signedIn, isShown) {
  say('');
  at('draw-box').hidden = true;
  at('match-form').hidden = true;
  if (!signedIn) at('predict-text').textContent = 'Sign in to take part.';
  else if (contest === 'draw') await showDraw(open, isShown);
  else await showMatches(undefined, isShown);
}

/** The form is seen once it can be used, and what is said of it as well. */
async function showDraw(open, isShown) {
  const [{ predict, closesAt }, { teams }] = await Promise.all([ask('/prediction'), ask('/prediction/teams')]);
  if (!isShown()) return;
  const own = predict === null ? 'You have not taken part.' : 'Your prediction is kept.';
  at('predict-text').textContent = open
    ? `${own} It can be changed until ${timeOf(closesAt)}.`
    : `${own} The contest is closed, and predictions change no more.`;
  if (!open) return;
  const groupOf = new Map(
    Object.entries(predict?.groups ?? {}).flatMap(([group, ids]) => ids.map((id) => [id, group])),
  );
  const byName = teams.toSorted((a, b) => a.engName.localeCompare(b.engName));
  at('teams').replaceChildren(...byName.map((team) => choiceOf(team, groupOf.get(team.id) ?? '')));
  count();
  at('draw-box').hidden = false;
}

/** A team has one group, so no team can be named twice. */
function choiceOf({ id, engName }, group) {
  const label = element('label');
  const select = element('select');
  select.required = true;
  select.name = id;
  select.replaceChildren(new Option('–', ''), ...GROUPS.map((name) => new Option(name, name)));
  select.value = group;
  label.append(element('span', engName), select);
  return label;
}

const choices = () => [...at('teams').querySelectorAll('select')];
const sizeOf = (group) => choices().filter(({ value }) => value === group).length;

function count() {
  const sizes = GROUPS.map((group) => [group, sizeOf(group)]);
  const amiss = sizes.filter(([, size]) => size !== TEAMS).map(([group, size]) => `${group} ${size}`);
  const text =
    amiss.length === 0 ? 'All groups have four teams.' : `Each group takes four teams; not yet: ${amiss.join(', ')}.`;
  at('counts').textContent = text;
  return amiss.length === 0;
}

function fill() {
  const free = GROUPS.flatMap((group) => Array(Math.max(0, TEAMS - sizeOf(group))).fill(group));
  for (const choice of choices().filter(({ value }) => value === '')) {
    [choice.value = ''] = free.splice(Math.floor(Math.random() * free.length), 1);
  }
  count();
}

async function saveDraw() {
  if (!count()) return say(at('counts').textContent);
  const groups = Object.fromEntries(
    GROUPS.map((group) => [group, choices().flatMap(({ name, value }) => (value === group ? [name] : []))]),
  );
  const { changed, closesAt } = await ask('/prediction', { method: 'POST', body: { predict: { groups } } });
  at('predict-text').textContent = `Your prediction is kept. It can be changed until ${timeOf(closesAt)}.`;
  say(changed ? 'Your prediction is changed.' : 'Your prediction is saved.');
}

/** The matches that are to come, the first without a forecast chosen unless another one is. */
async function showMatches(chosen, isShown = () => true) {
  const all = await ask('/matches');
  if (!isShown()) return;
  matches = all.matches.filter(({ open }) => open);
  at('predict-text').textContent =
    matches.length === 0 ? 'All matches have been kicked off.' : 'A forecast can be changed until kick-off.';
  at('match-form').hidden = matches.length === 0;
  at('to-predict').replaceChildren(
    ...matches.map(({ number, home, away, forecast }) => {
      const own = forecast === null ? '' : ` (${forecast.home}-${forecast.away})`;
      return new Option(`${home} – ${away}${own}`, number);
    }),
  );
  const first = chosen ?? matches.find(({ forecast }) => forecast === null) ?? matches[0];
  if (first !== undefined) at('to-predict').value = first.number;
  showMatch();
}

function showMatch() {
  const match = matches.find(({ number }) => String(number) === at('to-predict').value);
  if (match === undefined) return;
  at('home-name').textContent = match.home;
  at('away-name').textContent = match.away;
  at('home').value = match.forecast?.home ?? '';
  at('away').value = match.forecast?.away ?? '';
}

async function saveMatch() {
  const chosen = matches.find(({ number }) => String(number) === at('to-predict').value);
  const body = { home: at('home').valueAsNumber, away: at('away').valueAsNumber };
  const { message, closesAt } = await ask(`/matches/${chosen.number}/prediction`, { method: 'PUT', body });
  await showMatches(chosen);
  const done = message.endsWith('changed') ? 'Changed' : 'Saved';
  say(`${done}: ${chosen.home} ${body.home}-${body.away} ${chosen.away}, open until ${timeOf(closesAt)}.`);
}

const timeOf = (text) => new Date(text).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' });

function say(text) {
  at('predict-said').textContent = text;
}

/** A form that saves; what is refused, the deadline for one, is said in the host's words, and what is open looked at again. */
function onSubmit(form, save) {
  at(form).addEventListener('submit', async (event) => {
    event.preventDefault();
    try {
      await save();
    } catch (error) {
      say(error.message);
      if (error.code === 'PREDICTION_CLOSED' && form === 'match-form') await showMatches();
    }
  });
}

onSubmit('draw-form', saveDraw);
onSubmit('match-form', saveMatch);
at('fill').addEventListener('click', fill);
at('teams').addEventListener('change', count);
at('to-predict').addEventListener('change', showMatch);
