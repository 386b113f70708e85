import { library } from '../../tooling/tsup.ts';

export default library({
  index: 'src/index.ts',
  cli: 'src/cli.ts',
  'drain-worker': 'src/drain/worker.ts',
  'drill-worker': 'src/drill/worker.ts',
  'events-host': 'src/events/host.ts',
});
