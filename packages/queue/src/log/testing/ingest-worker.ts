/**
 * A process that ingests what its parent writes to it, a request per line, and answers each with a line: its receipts.
 * `DRILL_KILL_AT` is the number of the flush after whose commit it kills itself with SIGKILL, before anybody is answered.
 */
import { subscribe } from 'node:diagnostics_channel';
import { createInterface } from 'node:readline';
import { connect } from '../../connect.ts';
import { gameLog } from './game.ts';

let flushes = 0;
subscribe('scorekeep.ingest.flushed', () => {
  flushes++;
  if (flushes === Number(process.env['DRILL_KILL_AT'])) process.kill(process.pid, 'SIGKILL');
});

const keep = await connect({ url: process.env['DRILL_URL'] });
const log = gameLog();
process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  void keep.ingest(log, line).then((receipts) => process.stdout.write(`${JSON.stringify(receipts)}\n`));
}
