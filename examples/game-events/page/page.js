// The page: asks for figures and the board every two seconds, while it is looked at.
const REFRESH_MS = 2000;
// So long a request may take: a page whose question is never answered would never ask again.
const PATIENCE_MS = 10_000;
const element = (id) => document.getElementById(id);
const number = new Intl.NumberFormat('en');
const state = { week: false, player: '', tournament: undefined };

async function ask(path, body) {
  const answer = await fetch(path, {
    signal: AbortSignal.timeout(PATIENCE_MS),
    ...(body === undefined
      ? {}
      : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const json = await answer.json();
  // A list of events of which none was kept has its reasons in the body.
  if (!answer.ok && json.events === undefined) throw new Error(json.message);
  return json;
}

function show(id, text) {
  if (element(id).textContent !== text) element(id).textContent = text;
}

function showStats({ queue, summary }) {
  show('waiting', number.format(queue.queue.waiting));
  show('completed', number.format(queue.queue.completed));
  show('delayed', number.format(queue.queue.delayed));
  show('failed', number.format(queue.queue.failed));
  show('workers', number.format(queue.workers));
  const average = summary.avg_processing_time_seconds;
  show('average', average === null ? '–' : average.toFixed(2));
  element('load').value = queue.current_load_percent;
  show('load-text', `${queue.current_load_percent} %`);
}

function row({ rank, user_id, nickname, score, games }) {
  const line = document.createElement('tr');
  line.className = user_id === state.player ? 'mine' : '';
  const cells = [
    [rank, 'number'],
    [nickname === 'Pilot' ? user_id : nickname, ''],
    [number.format(score), 'number'],
    [number.format(games), 'number'],
  ];
  for (const [text, name] of cells) {
    const cell = document.createElement('td');
    cell.textContent = text;
    cell.className = name;
    line.append(cell);
  }
  return line;
}

const lineOf = ({ high_score, best_score, total_games, total_attempts, ...line }) => ({
  ...line,
  score: high_score ?? best_score,
  games: total_games ?? total_attempts,
});

function showBoard({ leaderboard, user_rank }) {
  element('lines').replaceChildren(...leaderboard.map(lineOf).map(row));
  element('empty').hidden = leaderboard.length > 0;
  if (user_rank === null) return show('own', '');
  const { rank, score } = lineOf(user_rank);
  show('own', `You are number ${rank} with ${number.format(score)} points.`);
}

function showAround({ leaderboard }) {
  element('around-lines').replaceChildren(...leaderboard.map(lineOf).map(row));
  element('around').hidden = leaderboard.length === 0;
}

function showFailures({ events }) {
  const failed = events.filter(({ processing_error }) => processing_error !== null);
  element('failures').hidden = failed.length === 0;
  element('failure-list').replaceChildren(
    ...failed.map(({ event_type, processing_attempts, processing_error }) => {
      const item = document.createElement('li');
      item.textContent = `${event_type}: ${processing_error}, tried ${processing_attempts} times`;
      return item;
    }),
  );
}

/** The board that is chosen, and those around the player on it. */
async function askBoard() {
  const user = `user_id=${encodeURIComponent(state.player)}`;
  const path = state.week ? await currentPath() : 'api/v2/leaderboard';
  return Promise.all([
    ask(`${path}/${state.week ? 'leaderboard' : 'global'}?${user}`),
    state.player === '' ? { leaderboard: [] } : ask(`${path}/around-me?${user}`),
  ]);
}

async function currentPath() {
  const { tournament } = await ask('api/v2/tournaments/current');
  show('tournament', `${tournament.name}, until ${new Date(tournament.ends_at).toLocaleString()}`);
  return `api/v2/tournaments/${encodeURIComponent(tournament.tournament_id)}`;
}

async function refresh() {
  try {
    const [stats, [board, around], recent] = await Promise.all([
      ask('api/events/stats?timeframe=1h'),
      askBoard(),
      ask('api/events/recent?limit=10'),
    ]);
    showStats(stats);
    showBoard(board);
    showAround(around);
    showFailures(recent);
    show('updated', `Live, ${new Date(stats.timestamp).toLocaleTimeString()}`);
  } catch {
    show('updated', 'The service does not answer; trying again.');
  }
}

function choose(week) {
  state.week = week;
  element('all-time').setAttribute('aria-pressed', String(!week));
  element('this-week').setAttribute('aria-pressed', String(week));
  element('tournament').hidden = !week;
  return refresh();
}

const RECEIPTS = {
  accepted: 'The game is kept.',
  duplicate: 'This game was kept before.',
  quarantined: 'This game is hard to believe. It is kept aside until somebody has looked at it.',
};

element('play').addEventListener('submit', async (event) => {
  event.preventDefault();
  const { player, score, seconds } = Object.fromEntries(new FormData(event.target));
  state.player = player;
  const common = { user_id: player, timestamp: new Date().toISOString() };
  const game = {
    ...common,
    event_id: crypto.randomUUID?.() ?? `${player}/${Date.now()}/${Math.random()}`,
    event_type: 'game_ended',
    game_mode: 'endless',
    score: Number(score),
    duration_seconds: Number(seconds),
  };
  try {
    const { events } = await ask('api/events', [game]);
    show('receipt', RECEIPTS[events[0].status] ?? `The game was not taken: ${events[0].message ?? events[0].status}`);
  } catch (error) {
    show('receipt', `The game was not kept: ${error.message}`);
  }
  await refresh();
});
element('all-time').addEventListener('click', () => choose(false));
element('this-week').addEventListener('click', () => choose(true));

async function live() {
  if (!document.hidden) await refresh();
  setTimeout(live, REFRESH_MS);
}
live();
