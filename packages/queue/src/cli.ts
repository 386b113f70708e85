#!/usr/bin/env node
import { replayCheckCommand } from './log/replay-check-command.ts';

const USAGE = `Usage: scorekeep <command>

  replay-check   compare what committed histories fold to with what they folded to
`;

const [command, ...args] = process.argv.slice(2);
const output = {
  out: (text: string) => void process.stdout.write(text),
  err: (text: string) => void process.stderr.write(text),
};
if (command === 'replay-check') process.exitCode = await replayCheckCommand(args, output);
else {
  (command === '--help' ? output.out : output.err)(USAGE);
  process.exitCode = command === '--help' ? 0 : 2;
}
