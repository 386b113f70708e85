import { library } from '../../tooling/tsup.ts';

export default library({
  index: 'src/index.ts',
  node: 'src/node/index.ts',
  alerts: 'src/alerts/index.ts',
  cli: 'src/cli.ts',
});
