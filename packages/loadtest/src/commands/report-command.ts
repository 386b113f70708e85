import { seededRandom } from '@scorekeep/core/forecasts';
import { Command } from 'commander';
import { readMeasurements } from '../gate/read-measurements.ts';
import { readResult } from '../gate/read-result.ts';
import { readThroughput } from '../plan/read-throughput.ts';
import { annotations } from '../report/annotations.ts';
import { type HtmlReportOptions, htmlReport } from '../report/html/html-report.ts';
import { junit } from '../report/junit.ts';
import { stepSummary } from '../report/step-summary.ts';
import { text } from '../report/text.ts';
import { fitScalability } from '../statistics/scalability.ts';
import { appendText, readText, writeText } from './files.ts';
import type { CommandContext } from './io.ts';

interface ReportArguments {
  readonly junit?: string;
  readonly summary?: true | string;
  readonly annotations: boolean;
  readonly html?: string;
  readonly measurements?: string;
  readonly throughput?: string;
}

/** `report`: writes a result for people and CI systems. Exits 5 when the summary of GitHub is asked for and there is none. */
export const reportCommand = ({ io, done }: CommandContext): Command =>
  new Command('report')
    .description('write a result for people and CI systems; without options, as text')
    .argument('<file>', "the gate's --out")
    .option('--junit <file>', 'write JUnit XML')
    .option('--summary [file]', 'append Markdown to the file; without one, to $GITHUB_STEP_SUMMARY')
    .option('--html <file>', 'write one HTML file that needs no network')
    .option('--measurements <file>', 'what was judged, for the charts of --html')
    .option('--throughput <file>', 'throughput by workers, for the curve of --html')
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
      if (options.html !== undefined) writeText(options.html, htmlReport(result, chartsOf(options)));
      if (options.annotations) io.out(annotations(result));
      const written = options.junit ?? summary ?? options.html;
      if (written === undefined && !options.annotations) io.out(text(result));
      done(0);
    });

function chartsOf({ measurements, throughput }: ReportArguments): HtmlReportOptions {
  const samples = throughput === undefined ? undefined : readThroughput(readText(throughput), throughput).samples;
  return {
    measurements: measurements === undefined ? undefined : readMeasurements(readText(measurements), measurements),
    scalability:
      samples === undefined ? undefined : { samples, fit: fitScalability(samples, { random: seededRandom(1) }) },
  };
}
