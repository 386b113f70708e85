import { Command } from 'commander';
import { readResult } from '../gate/read-result.ts';
import { annotations } from '../report/annotations.ts';
import { junit } from '../report/junit.ts';
import { stepSummary } from '../report/step-summary.ts';
import { text } from '../report/text.ts';
import { appendText, readText, writeText } from './files.ts';
import type { CommandContext } from './io.ts';

interface ReportArguments {
  readonly junit?: string;
  readonly summary?: true | string;
  readonly annotations: boolean;
}

/** `report`: writes a result for people and CI systems. Exits 5 when the summary of GitHub is asked for and there is none. */
export const reportCommand = ({ io, done }: CommandContext): Command =>
  new Command('report')
    .description('write a result for people and CI systems; without options, as text')
    .argument('<file>', "the gate's --out")
    .option('--junit <file>', 'write JUnit XML')
    .option('--summary [file]', 'append Markdown to the file; without one, to $GITHUB_STEP_SUMMARY')
    .option('--annotations', 'print workflow commands of GitHub', false)
    .action((file: string, options: ReportArguments) => {
      const result = readResult(readText(file), file);
      const summary = options.summary === true ? io.env['GITHUB_STEP_SUMMARY'] : options.summary;
      if (options.summary !== undefined && (summary === undefined || summary === '')) {
        io.err('error: --summary without a file needs $GITHUB_STEP_SUMMARY, which is not set\n');
        done(5);
        return;
      }
      if (options.junit !== undefined) writeText(options.junit, junit(result));
      if (summary !== undefined) appendText(summary, stepSummary(result));
      if (options.annotations) io.out(annotations(result));
      if (options.junit === undefined && summary === undefined && !options.annotations) io.out(text(result));
      done(0);
    });
