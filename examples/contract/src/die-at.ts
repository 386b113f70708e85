import pg from 'pg';
import type { Death } from './death.ts';

// Preloaded into a process of a host (`--import`): it kills itself with SIGKILL where DIE_AT says.
const { statement, nth, moment } = JSON.parse(process.env['DIE_AT'] ?? 'null') as Death;
const sought = new RegExp(statement);
let seen = 0;
/** Connections with a transaction open, and the one of them that is to be the last. */
const open = new WeakSet<pg.Client>();
let last: pg.Client | undefined;

const query = pg.Client.prototype.query;
pg.Client.prototype.query = function (this: pg.Client, ...sent: unknown[]) {
  if (!isTheOne(this, textOf(sent[0]))) return Reflect.apply(query, this, sent);
  if (moment === 'before the commit') die();
  const called = sent.findLastIndex((one) => typeof one === 'function');
  const heard = moment === 'after the commit' && called !== -1 ? sent.with(called, die) : sent;
  const answer: unknown = Reflect.apply(query, this, heard);
  // By then it is with the server, which may or may not have come to it.
  if (moment === 'amid the commit') setImmediate(die);
  else if (called === -1) void Promise.resolve(answer).then(die, die);
  return answer;
} as typeof query;

/** Whether this statement commits what is to be the last: by itself, or as the end of its transaction. */
function isTheOne(client: pg.Client, text: string): boolean {
  if (/^\s*begin/i.test(text)) open.add(client);
  else if (/^\s*(commit|rollback)/i.test(text)) open.delete(client);
  if (client === last && /^\s*rollback/i.test(text)) last = undefined;
  if (client === last && /^\s*commit/i.test(text)) return true;
  if (last !== undefined || !sought.test(text)) return false;
  seen += 1;
  if (seen < nth) return false;
  if (moment === 'before the statement') die();
  if (!open.has(client)) return true;
  last = client;
  return false;
}

function textOf(sent: unknown): string {
  if (typeof sent === 'string') return sent;
  const { text } = (sent ?? {}) as { text?: unknown };
  return typeof text === 'string' ? text : '';
}

const die = (): void => void process.kill(process.pid, 'SIGKILL');
